using Postfleet.Core.Greylisting;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The rows of greylisting in the embedded spool, by the rules of <see cref="GreylistRow"/> and the clock of the node.
/// <see cref="SqliteStorage"/> owns it: changes run on the writer's thread, the search for the cut of a sweep on a reader.
/// </summary>
/// <param name="readers">The readers.</param>
/// <param name="write">Runs an action on the writer's thread.</param>
/// <param name="time">The clock.</param>
internal sealed class SqliteGreylist(SqliteReaders readers, Func<Action<SqliteWriter>, Task> write, TimeProvider time) : IGreylistStorage
{
    private long Now => StoredTime.ToMicroseconds(time.GetUtcNow());

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<GreylistMeeting>> MeetAsync(
        IReadOnlyList<GreylistTriplet> triplets, GreylistRules rules, CancellationToken cancellationToken)
    {
        IReadOnlyList<GreylistMeeting> meetings = [];
        await write(writer => meetings = SqliteTransaction.Run(
            writer.Session, session => triplets.Select(triplet => Meet(session, triplet, rules, Now)).ToArray()))
            .WaitAsync(cancellationToken);
        return meetings;
    }

    /// <inheritdoc/>
    public ValueTask<long> FindCutAsync(int maxUnproved, CancellationToken cancellationToken) => readers.RunAsync(
        session =>
        {
            var select = session.Prepare("SELECT first FROM greylist WHERE passes = 0 ORDER BY first DESC LIMIT 1 OFFSET ?1")
                .Bind(1, maxUnproved);
            var oldest = Now - IGreylistStorage.UnprovedLife.Ticks / TimeSpan.TicksPerMicrosecond;
            var cut = select.Step() ? Math.Max(oldest, select.GetInt64(0) + 1) : oldest;
            select.Reset();
            return cut;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> SweepAsync(long cut, int limit, CancellationToken cancellationToken)
    {
        var rows = 0;
        await write(writer => rows = SqliteTransaction.Run(writer.Session, session => Sweep(session, Now, cut, limit)))
            .WaitAsync(cancellationToken);
        return rows;
    }

    /// <inheritdoc/>
    public async ValueTask<int> TrimAsync(IReadOnlyList<long> networks, int max, int limit, CancellationToken cancellationToken)
    {
        var rows = 0;
        await write(writer => rows = SqliteTransaction.Run(
            writer.Session, session => networks.Sum(network => Trim(session, network, max, limit)))).WaitAsync(cancellationToken);
        return rows;
    }

    private static GreylistMeeting Meet(SqliteSession session, GreylistTriplet triplet, GreylistRules rules, long now)
    {
        var (row, sender) = (Find(session, triplet.Key), Find(session, triplet.Sender));
        var network = triplet.Network;
        var meeting = GreylistRow.Meet(row, sender, rules, now);
        switch (meeting.State)
        {
            case GreylistState.New:
                Write(session, triplet.Key, network, new GreylistRow(now, now, 0));
                break;
            case GreylistState.Proved:
                Write(session, triplet.Key, network, row!.Value with { Last = now, Passes = 1 });
                Write(session, triplet.Sender, network, sender is { } known && !known.IsOver(rules, now)
                    ? known with { Last = now, Passes = known.Passes + 1 } : new GreylistRow(now, now, 1));
                break;
            case GreylistState.Known or GreylistState.KnownSender:
                Refresh(session, triplet.Key, network, row, rules, now);
                Refresh(session, triplet.Sender, network, sender, rules, now);
                break;
        }

        return meeting;
    }

    private static void Refresh(SqliteSession session, Guid key, long network, GreylistRow? row, GreylistRules rules, long now)
    {
        if (row is { Passes: > 0 } known && now - known.Last >= GreylistRow.RefreshAfter(rules))
            Write(session, key, network, known with { Last = now });
    }

    private static int Sweep(SqliteSession session, long now, long cut, int limit)
    {
        var proved = session.Prepare(
                "DELETE FROM greylist WHERE key IN (SELECT key FROM greylist WHERE passes > 0 AND last < ?1 ORDER BY last LIMIT ?2)")
            .Bind(1, now - IGreylistStorage.ProvedLife.Ticks / TimeSpan.TicksPerMicrosecond).Bind(2, limit).Run();
        var unproved = session.Prepare(
                "DELETE FROM greylist WHERE key IN (SELECT key FROM greylist WHERE passes = 0 AND first < ?1 ORDER BY first LIMIT ?2)")
            .Bind(1, cut).Bind(2, limit).Run();
        return Math.Max(proved, unproved);
    }

    private static int Trim(SqliteSession session, long network, int max, int limit) => session.Prepare(
            """
            DELETE FROM greylist WHERE key IN (
              SELECT key FROM greylist WHERE passes = 0 AND network = ?1 AND first < (
                SELECT first FROM greylist WHERE passes = 0 AND network = ?1 ORDER BY first DESC LIMIT 1 OFFSET ?2)
              ORDER BY first LIMIT ?3)
            """)
        .Bind(1, network).Bind(2, max - 1).Bind(3, limit).Run();

    private static GreylistRow? Find(SqliteSession session, Guid key)
    {
        var select = session.Prepare("SELECT first, last, passes FROM greylist WHERE key = ?1").Bind(1, key.ToByteArray(bigEndian: true));
        GreylistRow? row = select.Step() ? new GreylistRow(select.GetInt64(0), select.GetInt64(1), select.GetInt64(2)) : null;
        select.Reset();
        return row;
    }

    private static void Write(SqliteSession session, Guid key, long network, GreylistRow row) => session.Prepare(
            """
            INSERT INTO greylist (key, first, last, passes, network) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (key) DO UPDATE SET first = excluded.first, last = excluded.last, passes = excluded.passes
            """)
        .Bind(1, key.ToByteArray(bigEndian: true)).Bind(2, row.First).Bind(3, row.Last).Bind(4, row.Passes)
        .Bind(5, network).Run();
}

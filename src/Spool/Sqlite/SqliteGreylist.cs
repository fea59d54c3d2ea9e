using Postfleet.Core.Greylisting;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The rows of greylisting in the embedded spool, by the rules of <see cref="GreylistRow"/> and the clock of the node.
/// <see cref="SqliteStorage"/> owns it; it runs on the writer's thread.
/// </summary>
/// <param name="write">Runs an action on the writer's thread.</param>
/// <param name="time">The clock.</param>
internal sealed class SqliteGreylist(Func<Action<SqliteWriter>, Task> write, TimeProvider time) : IGreylistStorage
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
    public async ValueTask<int> SweepAsync(int maxUnproved, int limit, CancellationToken cancellationToken)
    {
        var rows = 0;
        await write(writer => rows = SqliteTransaction.Run(writer.Session, session => Sweep(session, Now, maxUnproved, limit)))
            .WaitAsync(cancellationToken);
        return rows;
    }

    private static GreylistMeeting Meet(SqliteSession session, GreylistTriplet triplet, GreylistRules rules, long now)
    {
        var (row, sender) = (Find(session, triplet.Key), Find(session, triplet.Sender));
        var meeting = GreylistRow.Meet(row, sender, rules, now);
        switch (meeting.State)
        {
            case GreylistState.New:
                Write(session, triplet.Key, new GreylistRow(now, now, 0));
                break;
            case GreylistState.Proved:
                Write(session, triplet.Key, row!.Value with { Last = now, Passes = 1 });
                Write(session, triplet.Sender, sender is { } known && !known.IsOver(rules, now)
                    ? known with { Last = now, Passes = known.Passes + 1 } : new GreylistRow(now, now, 1));
                break;
            case GreylistState.Known or GreylistState.KnownSender:
                Refresh(session, triplet.Key, row, rules, now);
                Refresh(session, triplet.Sender, sender, rules, now);
                break;
        }

        return meeting;
    }

    private static void Refresh(SqliteSession session, Guid key, GreylistRow? row, GreylistRules rules, long now)
    {
        if (row is { Passes: > 0 } known && now - known.Last >= GreylistRow.RefreshAfter(rules))
            Write(session, key, known with { Last = now });
    }

    private static int Sweep(SqliteSession session, long now, int maxUnproved, int limit)
    {
        var proved = session.Prepare(
                "DELETE FROM greylist WHERE key IN (SELECT key FROM greylist WHERE passes > 0 AND last < ?1 ORDER BY last LIMIT ?2)")
            .Bind(1, now - IGreylistStorage.ProvedLife.Ticks / TimeSpan.TicksPerMicrosecond).Bind(2, limit).Run();
        var select = session.Prepare("SELECT first FROM greylist WHERE passes = 0 ORDER BY first DESC LIMIT 1 OFFSET ?1")
            .Bind(1, maxUnproved);
        var from = now - IGreylistStorage.UnprovedLife.Ticks / TimeSpan.TicksPerMicrosecond;
        if (select.Step()) from = Math.Max(from, select.GetInt64(0) + 1);
        select.Reset();
        var unproved = session.Prepare(
                "DELETE FROM greylist WHERE key IN (SELECT key FROM greylist WHERE passes = 0 AND first < ?1 ORDER BY first LIMIT ?2)")
            .Bind(1, from).Bind(2, limit).Run();
        return Math.Max(proved, unproved);
    }

    private static GreylistRow? Find(SqliteSession session, Guid key)
    {
        var select = session.Prepare("SELECT first, last, passes FROM greylist WHERE key = ?1").Bind(1, key.ToByteArray(bigEndian: true));
        GreylistRow? row = select.Step() ? new GreylistRow(select.GetInt64(0), select.GetInt64(1), select.GetInt64(2)) : null;
        select.Reset();
        return row;
    }

    private static void Write(SqliteSession session, Guid key, GreylistRow row) => session.Prepare(
            """
            INSERT INTO greylist (key, first, last, passes) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (key) DO UPDATE SET first = excluded.first, last = excluded.last, passes = excluded.passes
            """)
        .Bind(1, key.ToByteArray(bigEndian: true)).Bind(2, row.First).Bind(3, row.Last).Bind(4, row.Passes).Run();
}

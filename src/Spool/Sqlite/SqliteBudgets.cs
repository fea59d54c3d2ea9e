using Postfleet.Core.Budgets;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The counts of limits in the embedded spool, by the rules of <see cref="BudgetCount"/> and the clock of the node.
/// <see cref="SqliteStorage"/> owns it: reads run on its readers, changes on its writer.
/// </summary>
/// <param name="readers">The readers.</param>
/// <param name="write">Runs an action on the writer's thread.</param>
/// <param name="time">The clock.</param>
internal sealed class SqliteBudgets(SqliteReaders readers, Func<Action<SqliteWriter>, Task> write, TimeProvider time) : IBudgetStorage
{
    private long Now => StoredTime.ToMicroseconds(time.GetUtcNow());

    /// <inheritdoc/>
    public async ValueTask<BudgetAnswers> RunAsync(BudgetBatch batch, CancellationToken cancellationToken)
    {
        var answers = new BudgetAnswers([], []);
        await write(writer => answers = SqliteTransaction.Run(writer.Session, session => Run(session, batch, Now)))
            .WaitAsync(cancellationToken);
        return answers;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<string, long>> ReadUsedAsync(
        IReadOnlyList<string> names, CancellationToken cancellationToken) => readers.RunAsync(
        IReadOnlyDictionary<string, long> (session) =>
        {
            Dictionary<string, long> used = [];
            foreach (var name in names)
                if (Find(session, name) is { } row) used[name] = row.Count.UsedAt(Now);
            return used;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) => await write(
        writer => SqliteTransaction.Run(writer.Session, session =>
        {
            foreach (var name in names)
                if (Find(session, name) is { } row) Write(session, row with { Count = row.Count.Reset() });
            return true;
        })).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> SweepAsync(int limit, CancellationToken cancellationToken)
    {
        var rows = 0;
        await write(writer => rows = SqliteTransaction.Run(writer.Session, session => Sweep(session, BudgetCount.DayOf(Now), limit)))
            .WaitAsync(cancellationToken);
        return rows;
    }

    /// <inheritdoc/>
    public async ValueTask<InboundPiece> SweepInboundAsync(string after, int limit, bool all, CancellationToken cancellationToken)
    {
        InboundPiece piece = default;
        var begin = after.Length == 0 ? BudgetLimit.InboundPrefix : after;
        await write(writer => piece = SqliteTransaction.Run(writer.Session, session => SweepInbound(session, begin, limit, all, Now)))
            .WaitAsync(cancellationToken);
        return piece;
    }

    private static InboundPiece SweepInbound(SqliteSession session, string after, int limit, bool all, long now)
    {
        var select = session.Prepare(
                """
                SELECT max(name), count(*) FROM (SELECT name FROM budget WHERE name > ?1 AND name < ?2 ORDER BY name LIMIT ?3) AS page
                """)
            .Bind(1, after).Bind(2, BudgetLimit.InboundEnd).Bind(3, limit);
        select.Step();
        var (last, count) = (select.IsNull(0) ? null : select.GetText(0), select.GetInt64(1));
        select.Reset();
        if (last is null) return default;
        var gone = session.Prepare("DELETE FROM budget WHERE name > ?1 AND name <= ?2 AND arrival > 0 AND arrival <= ?3")
            .Bind(1, after).Bind(2, last).Bind(3, all ? long.MaxValue : now * 1000).Run();
        return new InboundPiece(last, (int)count - gone);
    }

    private static BudgetAnswers Run(SqliteSession session, BudgetBatch batch, long now)
    {
        foreach (var units in batch.Returns)
            if (Find(session, units.Limit.Name) is { } row) Change(session, row, row.Count.Return(units));
        var grants = new BudgetGrant[batch.Takes.Count];
        for (var i = 0; i < grants.Length; i++)
        {
            var take = batch.Takes[i];
            var row = FindOrAdd(session, take.Limit.Name, now);
            Change(session, row, row.Count.Take(take.Limit, take.Count, now, out grants[i]));
        }

        return new BudgetAnswers(grants, [.. batch.Contacts.Select(contact => Meet(session, contact, now))]);
    }

    private static ContactGrant Meet(SqliteSession session, BudgetContact contact, long now)
    {
        var row = FindOrAdd(session, contact.Limit.Name, now);
        var today = BudgetCount.DayOf(now);
        var used = UsedOn(session, row.Id, contact.Recipient);
        if (used >= today - RecipientKey.KeptDays)
        {
            if (used < today) Mark(session, row.Id, contact.Recipient, today);
            return BudgetCount.GrantOfContact(isKnown: true, isGranted: false, BudgetCount.EffectiveDay(row.Count.Day, now), now);
        }

        var count = row.Count.Take(contact.Limit, 1, now, out var grant);
        if (grant.Count > 0)
        {
            Mark(session, row.Id, contact.Recipient, today);
            row = row with { Count = count, Known = used is null ? row.Known + 1 : row.Known };
            Write(session, row.Known > RecipientKey.MaxKept ? Forget(session, row, contact.Recipient) : row);
        }

        return BudgetCount.GrantOfContact(isKnown: false, grant.Count > 0, grant.Series.Day, now);
    }

    // Keys are random, so the next one is any recipient.
    private static Row Forget(SqliteSession session, Row row, Guid beside) => row with
    {
        Known = row.Known - session.Prepare(
                """
                DELETE FROM known_recipient WHERE owner = ?1 AND recipient IN
                  (SELECT recipient FROM known_recipient WHERE owner = ?1 AND recipient > ?2 ORDER BY recipient LIMIT ?3)
                """)
            .Bind(1, row.Id).Bind(2, beside.ToByteArray(bigEndian: true)).Bind(3, row.Known - RecipientKey.MaxKept).Run(),
    };

    private static int Sweep(SqliteSession session, int today, int limit)
    {
        session.Prepare(
                """
                UPDATE budget SET known = known - (
                  SELECT count(*) FROM (SELECT owner FROM known_recipient WHERE used < ?1 ORDER BY used, owner, recipient LIMIT ?2) AS old
                  WHERE old.owner = budget.id)
                WHERE id IN (SELECT owner FROM known_recipient WHERE used < ?1 ORDER BY used, owner, recipient LIMIT ?2)
                """)
            .Bind(1, today - RecipientKey.KeptDays).Bind(2, limit).Run();
        var recipients = session.Prepare(
                """
                DELETE FROM known_recipient WHERE (owner, recipient) IN
                  (SELECT owner, recipient FROM known_recipient WHERE used < ?1 ORDER BY used, owner, recipient LIMIT ?2)
                """)
            .Bind(1, today - RecipientKey.KeptDays).Bind(2, limit).Run();
        var limits = session.Prepare(
                "DELETE FROM budget WHERE id IN (SELECT id FROM budget WHERE day < ?1 AND known <= 0 ORDER BY day LIMIT ?2)")
            .Bind(1, today - IBudgetStorage.KeptDays).Bind(2, limit).Run();
        return Math.Max(recipients, limits);
    }

    private static long? UsedOn(SqliteSession session, long owner, Guid recipient)
    {
        var select = session.Prepare("SELECT used FROM known_recipient WHERE owner = ?1 AND recipient = ?2")
            .Bind(1, owner)
            .Bind(2, recipient.ToByteArray(bigEndian: true));
        long? used = select.Step() ? select.GetInt64(0) : null;
        select.Reset();
        return used;
    }

    private static void Mark(SqliteSession session, long owner, Guid recipient, int today) => session.Prepare(
            """
            INSERT INTO known_recipient (owner, recipient, used) VALUES (?1, ?2, ?3)
            ON CONFLICT (owner, recipient) DO UPDATE SET used = excluded.used
            """)
        .Bind(1, owner).Bind(2, recipient.ToByteArray(bigEndian: true)).Bind(3, today).Run();

    private static Row FindOrAdd(SqliteSession session, string name, long now)
    {
        if (Find(session, name) is { } row) return row;
        session.Prepare("INSERT INTO budget (name, day) VALUES (?1, ?2)").Bind(1, name).Bind(2, BudgetCount.DayOf(now)).Run();
        return Find(session, name) ?? throw new InvalidOperationException("the row of a limit is gone within its transaction");
    }

    private static Row? Find(SqliteSession session, string name)
    {
        var select = session.Prepare("SELECT id, day, granted, arrival, epoch, known FROM budget WHERE name = ?1").Bind(1, name);
        Row? row = select.Step() ? new Row(
            select.GetInt64(0),
            new BudgetCount((int)select.GetInt64(1), select.GetInt64(2), select.GetInt64(3), select.GetInt64(4)), select.GetInt64(5))
                : null;
        select.Reset();
        return row;
    }

    private static void Change(SqliteSession session, Row row, BudgetCount count)
    {
        if (count != row.Count) Write(session, row with { Count = count });
    }

    private static void Write(SqliteSession session, Row row) => session.Prepare(
            "UPDATE budget SET day = ?2, granted = ?3, arrival = ?4, epoch = ?5, known = ?6 WHERE id = ?1")
        .Bind(1, row.Id).Bind(2, row.Count.Day).Bind(3, row.Count.Granted).Bind(4, row.Count.Arrival).Bind(5, row.Count.Epoch)
        .Bind(6, row.Known).Run();

    private sealed record Row(long Id, BudgetCount Count, long Known);
}

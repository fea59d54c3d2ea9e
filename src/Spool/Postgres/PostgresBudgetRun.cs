using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Budgets;
using Postfleet.Spool.Common;
using static Postfleet.Spool.Postgres.PostgresBudgetText;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// The run of a batch on a connection: statements for what has no answer yet, and their answers. Used by one task.
/// </summary>
internal sealed class PostgresBudgetRun(NpgsqlConnection connection, BudgetBatch work)
{
    private readonly BudgetGrant?[] _grants = new BudgetGrant?[work.Takes.Count];
    private readonly ContactGrant?[] _contacts = new ContactGrant?[work.Contacts.Count];

    /// <summary>Whether limits had no row.</summary>
    public bool HasMissing => _grants.Contains(null) || _contacts.Contains(null);

    /// <summary>The answers to the takes.</summary>
    public IEnumerable<BudgetGrant> Grants => _grants.Select(grant => grant!.Value);

    /// <summary>The answers to the contacts.</summary>
    public IEnumerable<ContactGrant> Contacts => _contacts.Select(contact => contact!.Value);

    /// <summary>The names of the limits without a row.</summary>
    public IReadOnlyList<string> Missing() =>
    [
        .. Open(_grants).Select(i => work.Takes[i].Limit.Name).Concat(Open(_contacts).Select(i => work.Contacts[i].Limit.Name)).Distinct(),
    ];

    /// <summary>Names of limits as a parameter.</summary>
    public static NpgsqlParameter<string[]> Names(IEnumerable<string> names) => Column<string>(NpgsqlDbType.Text, [.. names]);

    /// <summary>Runs the statements for what has no answer yet, in one transaction.</summary>
    public async Task RunAsync(IReadOnlyList<BudgetReturn> returns, CancellationToken cancellationToken)
    {
        var (takes, contacts) = (Open(_grants), Open(_contacts));
        await using var batch = new NpgsqlBatch(connection);
        Add(
            batch,
            LockRows,
            Names(returns.Select(units => units.Limit.Name).Concat(takes.Select(i => work.Takes[i].Limit.Name))
                .Concat(contacts.Select(i => work.Contacts[i].Limit.Name)).Distinct()));
        if (returns.Count > 0) AddReturns(batch, returns);
        if (takes.Count > 0) AddTakes(batch, [.. takes.Select(i => work.Takes[i])]);
        if (contacts.Count > 0) AddContacts(batch, [.. contacts.Select(i => work.Contacts[i])]);
        List<(long Limit, Guid Beside, long Count)> full;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            // The returns have no result.
            if (takes.Count > 0)
            {
                await reader.NextResultAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken)) ReadGrant(reader, takes);
            }

            full = contacts.Count > 0 && await reader.NextResultAsync(cancellationToken)
                ? await ReadContactsAsync(reader, contacts, cancellationToken) : [];
            // Reads the end of the transaction: an error here leaves its outcome unknown.
            while (await reader.NextResultAsync(cancellationToken))
            {
            }
        }

        foreach (var (limit, beside, count) in full) await ForgetAsync(limit, beside, count, cancellationToken);
    }

    private static List<int> Open<T>(T?[] answers) where T : struct =>
        [.. Enumerable.Range(0, answers.Length).Where(i => answers[i] is null)];

    private static void AddReturns(NpgsqlBatch batch, IReadOnlyList<BudgetReturn> returns) => Add(
        batch,
        Return,
        Names(returns.Select(units => units.Limit.Name)),
        Longs(returns.Select(units => units.Count)),
        Longs(returns.Select(units => units.Limit.Step)),
        Numbers(returns.Select(units => units.Series.Day)),
        Longs(returns.Select(units => units.Series.Epoch)));

    private static void AddTakes(NpgsqlBatch batch, IReadOnlyList<BudgetTake> takes) => Add(
        batch,
        Take,
        Names(takes.Select(take => take.Limit.Name)),
        Longs(takes.Select(take => take.Count)),
        Longs(takes.Select(take => take.Limit.Most)),
        Longs(takes.Select(take => take.Limit.Step)));

    private static void AddContacts(NpgsqlBatch batch, IReadOnlyList<BudgetContact> contacts) => Add(
        batch,
        Meet,
        Names(contacts.Select(contact => contact.Limit.Name)),
        Column<Guid>(NpgsqlDbType.Uuid, [.. contacts.Select(contact => contact.Recipient)]),
        Longs(contacts.Select(contact => contact.Limit.Most)),
        Value(RecipientKey.KeptDays));

    private void ReadGrant(NpgsqlDataReader reader, List<int> takes)
    {
        var place = takes[(int)reader.GetInt64(0) - 1];
        var (limit, granted, epoch, now) = (work.Takes[place].Limit, reader.GetInt64(1), reader.GetInt64(3), reader.GetInt64(6));
        _grants[place] = limit.Kind == BudgetKind.Daily
            ? BudgetCount.GrantOfDay(
                granted, new BudgetSeries(reader.GetInt32(2), epoch), Math.Max(limit.Most - reader.GetInt64(4) - granted, 0), now)
            : BudgetCount.GrantOfRate(limit, granted, epoch, reader.GetInt64(5), now);
    }

    // The limits with too many recipients, and how many too many.
    private async Task<List<(long Limit, Guid Beside, long Count)>> ReadContactsAsync(
        NpgsqlDataReader reader, List<int> contacts, CancellationToken cancellationToken)
    {
        List<(long, Guid, long)> full = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            var place = contacts[(int)reader.GetInt64(0) - 1];
            var isGranted = reader.GetBoolean(2);
            _contacts[place] = BudgetCount.GrantOfContact(reader.GetBoolean(1), isGranted, reader.GetInt32(3), reader.GetInt64(4));
            // The number before the batch: each new recipient removes another one.
            if (isGranted && reader.GetInt64(6) >= RecipientKey.MaxKept)
                full.Add((reader.GetInt64(5), work.Contacts[place].Recipient, 1));
        }

        return full;
    }

    private async Task ForgetAsync(long limit, Guid beside, long count, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, LockOne, Value(limit));
        Add(batch, Forget, Value(limit), Value(beside), Value(count));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter<long[]> Longs(IEnumerable<long> values) => Column<long>(NpgsqlDbType.Bigint, [.. values]);
}

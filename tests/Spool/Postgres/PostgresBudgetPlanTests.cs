using Npgsql;
using NpgsqlTypes;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>The plans of the statements about limits, without statistics of the tables.</summary>
public sealed class PostgresBudgetPlanTests : SpoolBench
{
    private readonly PostgresPlace _place;

    public PostgresBudgetPlanTests() : this(new PostgresPlace())
    {
    }

    private PostgresBudgetPlanTests(PostgresPlace place) : base(place) => _place = place;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 256)]
    [InlineData(20_000, 1)]
    [InlineData(20_000, 256)]
    public async Task Known_recipients_are_looked_up_by_their_key(int known, int asked)
    {
        await ExecuteAsync("ALTER TABLE known_recipient SET (autovacuum_enabled = false)");
        await ExecuteAsync("INSERT INTO budget (name, day) VALUES ('new', 1)");
        await ExecuteAsync(
            "INSERT INTO known_recipient (owner, recipient, used) " +
            $"SELECT b.id, gen_random_uuid(), 1 FROM budget b, generate_series(1, {known})");
        var plan = await ExplainAsync(asked);
        Assert.Contains(
            plan, line => line.Contains("Index Cond: ((owner = b.id) AND (recipient = a.recipient))", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan on known_recipient", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task Rates_of_strangers_are_swept_by_their_names(int rows)
    {
        await ExecuteAsync("ALTER TABLE budget SET (autovacuum_enabled = false)");
        await ExecuteAsync($"INSERT INTO budget (name, day, arrival) SELECT 'inbound/' || i, 1, i FROM generate_series(1, {rows}) i");
        await using var pool = PostgresStorage.CreatePool(_place.ConnectionString, 1);
        await using var connection = await pool.OpenAsync();
        await using var command = new NpgsqlCommand($"EXPLAIN {PostgresBudgetText.SweepInbound}", connection)
        {
            Parameters = { new() { Value = "inbound/" }, new() { Value = "inbound0" }, new() { Value = 1000 }, new() { Value = false } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) Assert.DoesNotContain("Seq Scan on budget", reader.GetString(0), StringComparison.Ordinal);
    }

    private async Task<List<string>> ExplainAsync(int asked)
    {
        await using var pool = PostgresStorage.CreatePool(_place.ConnectionString, 1);
        await using var connection = await pool.OpenAsync();
        await using var command = new NpgsqlCommand($"EXPLAIN {PostgresBudgetText.Meet}", connection)
        {
            Parameters =
            {
                new() { Value = Enumerable.Repeat("new", asked).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = Enumerable.Range(0, asked).Select(_ => Guid.NewGuid()).ToArray() },
                new() { Value = Enumerable.Repeat(1000L, asked).ToArray() },
                new() { Value = 30 },
            },
        };
        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }
}

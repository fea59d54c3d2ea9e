using Npgsql;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>The plans of the statements of greylisting, most without statistics of the table.</summary>
public sealed class PostgresGreylistPlanTests : SpoolBench
{
    private readonly PostgresPlace _place;

    public PostgresGreylistPlanTests() : this(new PostgresPlace())
    {
    }

    private PostgresGreylistPlanTests(PostgresPlace place) : base(place) => _place = place;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 256)]
    [InlineData(20_000, 1)]
    [InlineData(20_000, 256)]
    public async Task Triplets_are_looked_up_by_their_key(int rows, int asked)
    {
        await FillAsync(rows);
        var plan = await ExplainAsync(
            PostgresGreylistText.Meet, Keys(asked), Keys(asked), Number(1), Number(1), Number(1), Number(1), Number(1), Networks(asked));
        Assert.Contains(plan, line => line.Contains("Index Cond: (key = a.key)", StringComparison.Ordinal));
        Assert.Contains(plan, line => line.Contains("Index Cond: (key = a.sender)", StringComparison.Ordinal));
        AssertNoWalk(plan);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20_000)]
    public async Task Networks_are_bounded_and_rows_swept_by_their_indexes(int rows)
    {
        await FillAsync(rows);
        var trim = await ExplainAsync(PostgresGreylistText.Trim, Networks(10), Number(1999), Number(1000));
        Assert.Contains(trim, line => line.Contains("Index Cond: (network = n.network)", StringComparison.Ordinal));
        AssertNoWalk(trim);
        AssertNoWalk(await ExplainAsync(PostgresGreylistText.FindCut, Number(1), Number(1_000_000)));
        AssertNoWalk(await ExplainAsync(PostgresGreylistText.SweepUnproved, Number(1), Number(1000)));
        AssertNoWalk(await ExplainAsync(PostgresGreylistText.SweepProved, Number(1), Number(1000)));
    }

    [Fact]
    public async Task The_cut_of_a_sweep_is_found_in_the_order_of_the_index()
    {
        await FillAsync(20_000);
        await ExecuteAsync("ANALYZE greylist");
        var plan = await ExplainAsync(PostgresGreylistText.FindCut, Number(1), Number(5_000));
        Assert.Contains(plan, line => line.Contains("using greylist_unproved", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("Sort", StringComparison.Ordinal));
    }

    private static void AssertNoWalk(List<string> plan) =>
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan on greylist", StringComparison.Ordinal));

    private static NpgsqlParameter Number(long value) => new() { Value = value };

    private static NpgsqlParameter Keys(int count) => new() { Value = Enumerable.Range(0, count).Select(_ => Guid.NewGuid()).ToArray() };

    private static NpgsqlParameter Networks(int count) =>
        new() { Value = Enumerable.Range(0, count).Select(i => (long)i).ToArray() };

    private async Task FillAsync(int rows)
    {
        await ExecuteAsync("ALTER TABLE greylist SET (autovacuum_enabled = false)");
        await ExecuteAsync(
            "INSERT INTO greylist (key, first, last, passes, network) " +
            $"SELECT gen_random_uuid(), i, i, i % 2, i % 100 FROM generate_series(1, {rows}) i");
    }

    private async Task<List<string>> ExplainAsync(string statement, params NpgsqlParameter[] parameters)
    {
        await using var pool = PostgresStorage.CreatePool(_place.ConnectionString, 1);
        await using var connection = await pool.OpenAsync();
        await using var command = new NpgsqlCommand($"EXPLAIN {statement}", connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }
}

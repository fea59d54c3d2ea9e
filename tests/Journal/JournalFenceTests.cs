using Npgsql;
using Postfleet.Core;
using Postfleet.Journal.Reading;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>Tests of the unique index and the trigger, which refuse the writes of stale owners.</summary>
public sealed class JournalFenceTests : IDisposable
{
    private readonly TempFolder _folder = new("journal");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, "DROP INDEX journal_uq")]
    [InlineData(
        true, "DROP INDEX sharding_journal_uq; CREATE INDEX sharding_journal_uq ON sharding_journal (persistence_id, sequence_number)")]
    [InlineData(true, "DROP INDEX journal_uq; CREATE UNIQUE INDEX journal_uq ON journal (persistence_id, sequence_number, ordering)")]
    [InlineData(false, "ALTER TABLE journal DROP CONSTRAINT journal_uq")]
    [InlineData(
        false, "ALTER TABLE journal DROP CONSTRAINT journal_uq; CREATE INDEX journal_uq ON journal (persistence_id, sequence_number)")]
    [InlineData(
        false, "ALTER TABLE journal DROP CONSTRAINT journal_uq; CREATE UNIQUE INDEX journal_uq ON journal (persistence_id, ordering)")]
    [InlineData(false, "ALTER TABLE sharding_journal DROP CONSTRAINT sharding_journal_uq; " +
        "CREATE UNIQUE INDEX sharding_journal_uq ON sharding_journal (persistence_id, sequence_number) WHERE NOT deleted")]
    public async Task Tables_that_do_not_fence_are_refused_in_one_line(bool isEmbedded, string sql)
    {
        var place = await JournalPlace.CreateAsync(_folder, isEmbedded);
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        await place.ExecuteAsync(sql);
        var e = await Assert.ThrowsAsync<StartFailureException>(() => storage.PrepareAsync(default));
        Assert.Contains("has no unique index on (persistence_id, sequence_number)", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    /// <summary>A deletion keeps a queue's last row. An owner frozen before the deletion would reuse the freed numbers.</summary>
    [Fact]
    public async Task A_number_below_a_queues_highest_is_refused_though_its_row_was_deleted()
    {
        var place = await JournalPlace.CreateAsync(_folder, isEmbedded: false);
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        Task InsertAsync(string id, params int[] numbers) => place.ExecuteAsync(
            "INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) VALUES "
            + string.Join(',', numbers.Select(number => $"(0, false, '{id}', {number}, '')")));
        await InsertAsync("q-a", 1, 2, 3, 4, 5);
        await place.ExecuteAsync("DELETE FROM journal WHERE persistence_id = 'q-a' AND sequence_number < 5");
        var e = await Assert.ThrowsAsync<PostgresException>(() => InsertAsync("q-a", 3));
        Assert.Equal(PostgresErrorCodes.UniqueViolation, e.SqlState);
        await Assert.ThrowsAsync<PostgresException>(() => InsertAsync("q-a", 6, 5));
        await InsertAsync("q-a", 6, 7, 8);
        await InsertAsync("q-b", 1);
    }

    /// <summary>
    /// Empty queues leave a row each. The planner then expects a single row of every queue, and must not read all rows of a long queue to
    /// find its highest number.
    /// </summary>
    [Fact]
    public async Task Fence_reads_no_rows_of_a_long_queue()
    {
        var place = await JournalPlace.CreateAsync(_folder, isEmbedded: false);
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        await place.ExecuteAsync(Rows("'q-' || i", "5", 20_000));
        await place.ExecuteAsync("ANALYZE journal");
        await place.ExecuteAsync(Rows("'q-long'", "i", 500));
        // The counters of this transaction: the index entries read by the trigger and the unique key.
        var read = await place.AskAsync(
            $"BEGIN; {Rows("'q-long'", "500 + i", 500)}; SELECT pg_stat_get_xact_tuples_returned('journal_uq'::regclass); COMMIT");
        Assert.Equal(0, read);
    }

    /// <summary>A queue's start reads its highest number, and must not read all rows of a long queue.</summary>
    [Fact]
    public async Task Highest_number_of_a_long_queue_costs_one_index_entry()
    {
        var place = await JournalPlace.CreateAsync(_folder, isEmbedded: false);
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        await place.ExecuteAsync(Rows("'q-' || i", "5", 20_000));
        await place.ExecuteAsync("ANALYZE journal");
        await place.ExecuteAsync(Rows("'q-long'", "i", 500));
        var highest = JournalReader.Highest("journal").Replace("@id", "'q-long'", StringComparison.Ordinal);
        var read = await place.AskAsync(
            $"BEGIN; CREATE TEMP TABLE found AS {highest}; SELECT pg_stat_get_xact_tuples_returned('journal_uq'::regclass); COMMIT");
        Assert.Equal(1, read);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_index_of_another_name_fences_as_well(bool isEmbedded)
    {
        var place = await JournalPlace.CreateAsync(_folder, isEmbedded);
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        await place.ExecuteAsync(isEmbedded ? "DROP INDEX journal_uq" : "ALTER TABLE journal DROP CONSTRAINT journal_uq");
        await place.ExecuteAsync("CREATE UNIQUE INDEX another ON journal (sequence_number, persistence_id)");
        Assert.Empty(await storage.PrepareAsync(default));
    }

    private static string Rows(string id, string number, int count) =>
        $"INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) " +
        $"SELECT 0, false, {id}, {number}, '' FROM generate_series(1, {count}) i";
}

using Npgsql;
using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>The feed of the shared history, which several nodes write.</summary>
public sealed class PostgresFeedTests : FeedContract
{
    private const string Row =
        """
        INSERT INTO history (at, message_id, number, recipient_index, kind, stream, domain, recipient, sender, details, xact)
        VALUES (now() - $2 * interval '1 second', gen_random_uuid(), 0, 0, 1, 'default', 'a.test', $1, '', '',
          pg_current_xact_id()::text::bigint)
        """;

    private readonly PostgresPlace _place;

    public PostgresFeedTests() : this(new PostgresPlace())
    {
    }

    private PostgresFeedTests(PostgresPlace place) : base(place) => _place = place;

    [Fact]
    public async Task Transactions_that_commit_in_another_order_are_not_passed_over()
    {
        await OpenHistoryAsync();
        var position = await Feed.GetEndAsync(default);
        await using var slow = await BeginAsync();
        await WriteAsync(slow, "slow@a.test");
        await using var fast = await BeginAsync();
        await WriteAsync(fast, "fast@a.test");
        await fast.Transaction.CommitAsync();
        var held = await Feed.ReadAsync(new FeedQuery(), position, null, 100, default);
        Assert.Empty(held.Events);
        await slow.Transaction.CommitAsync();
        (var lines, position) = await ReadAsync(held.Position);
        Assert.Equal(["0 slow@a.test Accepted", "0 fast@a.test Accepted"], lines);
        Assert.Empty((await ReadAsync(position)).Lines);
    }

    [Fact]
    public async Task An_open_transaction_of_another_program_delays_the_feed_and_is_reported()
    {
        await OpenHistoryAsync();
        var position = await Feed.GetEndAsync(default);
        await using (var other = await BeginAsync())
        {
            await using var write = new NpgsqlCommand(
                "CREATE TEMP TABLE other AS SELECT 1", other.Connection, other.Transaction);
            await write.ExecuteNonQueryAsync();
            await AcceptAsync("a@a.test");
            // As if the transaction had been open for a minute.
            var old = position with { Bound = position.Bound with { Since = position.Bound.Since - 60, Next = long.MaxValue } };
            var page = await Feed.ReadAsync(new FeedQuery(), old, null, 100, default);
            Assert.Equal((0, false), (page.Events.Count, page.HasMore));
            Assert.InRange(page.Delay, TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(180));
            await other.Transaction.RollbackAsync();
        }

        Assert.Equal(["0 a@a.test Accepted"], (await ReadAsync(position)).Lines);
    }

    [Fact]
    public async Task Events_of_a_rolled_back_transaction_are_not_in_the_feed()
    {
        await OpenHistoryAsync();
        var position = await Feed.GetEndAsync(default);
        await using (var aborted = await BeginAsync())
        {
            await WriteAsync(aborted, "gone@a.test");
            await aborted.Transaction.RollbackAsync();
        }

        await AcceptAsync("a@a.test");
        Assert.Equal(["0 a@a.test Accepted"], (await ReadAsync(position)).Lines);
    }

    [Fact]
    public async Task Events_of_the_present_are_found_without_notes_and_late_events_by_their_notes()
    {
        await OpenHistoryAsync();
        Time.Now = DateTimeOffset.UtcNow;
        await KeepAsync();
        var position = await Feed.GetEndAsync(default);
        await StoreAsync(Mail.Message(Time.Now, "Subject: now\r\n\r\n", "now.test"));
        Assert.Equal(0, await CountAsync("history_note"));
        // The clock of a node is behind, or its events have waited for the database.
        await StoreAsync(Mail.Message(Time.Now.AddHours(-1), "Subject: late\r\n\r\n", "late.test"));
        Assert.Equal(1, await CountAsync("history_note"));
        Assert.Equal(["0 user@now.test Accepted", "0 user@late.test Accepted"], (await ReadAsync(position)).Lines);
    }

    [Fact]
    public async Task A_position_of_another_database_is_a_gap()
    {
        await OpenHistoryAsync();
        var position = (await Feed.GetEndAsync(default)) with { Transaction = long.MaxValue };
        var page = await Feed.ReadAsync(new FeedQuery(), position, null, 100, default);
        Assert.True(page.HasGap);
        await AcceptAsync("a@a.test");
        Assert.Equal(["0 a@a.test Accepted"], (await ReadAsync(page.Position)).Lines);
    }

    private async Task<Writer> BeginAsync()
    {
        var connection = new NpgsqlConnection(_place.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        return new Writer(connection, await connection.BeginTransactionAsync());
    }

    private static async Task WriteAsync(Writer writer, string recipient, double secondsAgo = 0)
    {
        await using var command = new NpgsqlCommand(Row, writer.Connection, writer.Transaction);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = recipient });
        command.Parameters.Add(new NpgsqlParameter<double> { TypedValue = secondsAgo });
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Writer(NpgsqlConnection Connection, NpgsqlTransaction Transaction) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Connection.DisposeAsync();
    }
}

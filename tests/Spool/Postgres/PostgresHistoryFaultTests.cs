using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>Faults of the shared history.</summary>
public sealed class PostgresHistoryFaultTests() : HistoryBench(new PostgresPlace())
{
    [Fact]
    public async Task A_broken_history_stops_no_mail()
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync("a@a.test");
        await ExecuteAsync("ALTER TABLE history RENAME TO lost");
        var other = await AcceptAsync("b@a.test");
        await EndAsync(message, 1, Ok);
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => History.ReadAsync(message.Id, default).AsTask());
        await ExecuteAsync("ALTER TABLE lost RENAME TO history");
        Assert.Equal(["0 a@a.test Accepted"], await TimelineAsync(message.Id));
        Assert.Empty(await TimelineAsync(other.Id));
        Assert.Equal((1, 1), (await CountAsync("message"), await CountAsync("part")));
    }

    [Fact]
    public async Task Events_without_a_partition_are_kept_and_later_ones_get_partitions()
    {
        await OpenHistoryAsync();
        Time.Now = Mail.Noon.AddDays(1);
        await StoreAsync(Mail.Message(Time.Now, "Subject: late\r\n\r\n", "a.test"));
        Assert.Equal(1, await CountAsync("history_default"));
        await KeepAsync();
        Time.Now = Time.Now.AddHours(1);
        await StoreAsync(Mail.Message(Time.Now, "Subject: later\r\n\r\n", "b.test"));
        Assert.Equal(1, await CountAsync("history_default"));
        Assert.Equal(["user@b.test Accepted", "user@a.test Accepted"], await FindAsync());
        Time.Now = Mail.Noon.AddDays(9);
        await KeepAsync();
        Assert.Equal(0, await CountAsync("history_default"));
    }

    [Fact]
    public async Task Ranges_of_the_index_are_summarized()
    {
        await OpenHistoryAsync();
        for (var i = 0; i < 10; i++) await AcceptAsync([.. Enumerable.Range(0, 2000).Select(n => $"user{i}-{n}@a.test")]);
        await KeepAsync();
        Time.Now = Mail.Noon.AddHours(3);
        await KeepAsync();
        Assert.Equal(["user7-77@a.test Accepted"], await FindAsync(new() { Recipient = Core.Mail.Mailbox.Parse("user7-77@a.test") }));
    }

    [Fact]
    public async Task Inserts_into_the_first_range_of_a_partition_write_no_summary()
    {
        await OpenHistoryAsync();
        await AcceptAsync("user@a.test");
        // The function summarizes and counts the ranges without a summary: the present partition has one, and empty partitions have none.
        Assert.Equal(1, await CountAsync(
            """
            pg_inherits p JOIN pg_index i ON i.indrelid = p.inhrelid
              CROSS JOIN LATERAL generate_series(1, brin_summarize_new_values(i.indexrelid))
            WHERE p.inhparent = 'history'::regclass AND p.inhrelid <> 'history_default'::regclass
            """));
    }

    [Fact]
    public async Task Two_nodes_keep_the_same_partitions()
    {
        await OpenHistoryAsync();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => KeepAsync()));
        Assert.InRange(await CountAsync("pg_inherits WHERE inhparent = 'history'::regclass"), 3, 5);
    }
}

using Npgsql;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Storage.Postgres;
using Postfleet.Testing.Fakes;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>Several nodes on the same database.</summary>
public sealed class PostgresClusterTests : SpoolBench
{
    private readonly PostgresPlace _place;

    public PostgresClusterTests() : this(new PostgresPlace())
    {
    }

    private PostgresClusterTests(PostgresPlace place) : base(place) => _place = place;

    [Fact]
    public async Task Ten_nodes_may_start_at_once_on_an_empty_database()
    {
        await Spool.DisposeAsync();
        await ExecuteAsync(
            """
            DROP TABLE message, part, captured, pending_report, history, history_note, history_takeover, idempotency, mail_user,
              mail_user_last, budget, known_recipient, report_count, greylist, tls_policy, site_state, signing_key,
              signing_key_last, suppression, suppression_last, postfleet_schema
            """);
        var nodes = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => OpenAsync(_place.NewStorage()))));
        var message = Mail.Message("a.test");
        Assert.Equal(StoreResult.Stored, await nodes[0].StoreAsync(message, default));
        Mail.AssertSame(message, await nodes[9].ReadAsync(message.Part(), default));
        Assert.Equal(2, await CountAsync("postfleet_schema"));
    }

    /// <summary>The keys of a transaction are locked: in another order on each node, the nodes would wait for each other.</summary>
    [Fact]
    public async Task A_key_is_stored_once_by_several_nodes_at_the_same_time()
    {
        GroupCommitSpool[] nodes = [Spool, await OpenAsync(_place.NewStorage()), await OpenAsync(_place.NewStorage())];
        const int Keys = 200;
        var stores = nodes.Select((node, index) => Task.Run(async () =>
        {
            var keys = Enumerable.Range(0, Keys).ToArray();
            new Random(index).Shuffle(keys);
            var results = await Task.WhenAll(keys.Select(async key =>
            {
                var message = Mail.Message("a.test").WithKey($"k{key}");
                return (key, message.Id, Result: await node.StoreAsync(message, default));
            }));
            return results.ToDictionary(one => one.key, one => (one.Id, one.Result));
        }));
        var byNode = await Task.WhenAll(stores);
        for (var key = 0; key < Keys; key++)
        {
            var results = byNode.Select(results => results[key]).ToList();
            var stored = Assert.Single(results, one => one.Result == StoreResult.Stored).Id;
            Assert.Equal(2, results.Count(one => one.Result == StoreResult.StoredBefore(stored)));
        }

        Assert.Equal((Keys, Keys), (await CountAsync("message"), await CountAsync("idempotency")));
    }

    /// <summary>
    /// A process frozen inside a transaction keeps its rows, and the numbers of its events, locked: no other node could continue its work.
    /// </summary>
    [Fact]
    public async Task A_transaction_that_stands_still_is_ended_by_the_server()
    {
        await ExecuteAsync("CREATE TABLE numbers (number int PRIMARY KEY)");
        await using var pool = PostgresPool.Create(_place.ConnectionString, 2, "test");
        await using var frozen = await pool.OpenAsync();
        await using var transaction = await frozen.BeginTransactionAsync();
        await InsertAsync(frozen);
        await using var successor = await pool.OpenAsync();
        await InsertAsync(successor);
        await Assert.ThrowsAnyAsync<Exception>(() => transaction.CommitAsync());
        Assert.Equal(1, await CountAsync("numbers"));

        static async Task InsertAsync(NpgsqlConnection connection)
        {
            await using var command = new NpgsqlCommand("INSERT INTO numbers VALUES (52)", connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task Last_parts_settled_by_several_nodes_at_the_same_time_leave_no_rows()
    {
        GroupCommitSpool[] nodes = [Spool, await OpenAsync(_place.NewStorage()), await OpenAsync(_place.NewStorage())];
        for (var round = 0; round < 5; round++)
        {
            var messages = Enumerable.Range(0, 100).Select(_ => Mail.Message("a.test", "b.test", "c.test")).ToArray();
            await Task.WhenAll(messages.Select(message => StoreAsync(message)));
            // Each node has a part of each message, in another order, and marks the parts settled by another node.
            await Task.WhenAll(
                nodes.SelectMany((node, part) => messages.OrderBy(message => message.Id.Low * (ulong)(2 * part + 1)).Select(message =>
                Task.WhenAll(
                    node.SettleAsync(new Settlement(message.Part(part), 1, true, null), default).AsTask(),
                    node.MarkHandedOffAsync([message.Part((part + 1) % 3).Mark()], default).AsTask()))));
        }

        Assert.Equal(0, await CountAsync("part"));
        Assert.Equal(0, await CountAsync("message"));
    }

    [Fact]
    public async Task Several_nodes_settling_the_same_part_store_one_notification()
    {
        var other = await OpenAsync(_place.NewStorage());
        var messages = Enumerable.Range(0, 50).Select(_ => Mail.Message("a.test")).ToArray();
        await Task.WhenAll(messages.Select(message => StoreAsync(message)));
        var results = await Task.WhenAll(messages.SelectMany(message => new[] { Spool, other }.Select(node =>
            node.SettleAsync(new Settlement(message.Part(), 1, true, Mail.Notification()), default).AsTask())));
        Assert.Equal(50, results.Count(result => result.Applied));
        Assert.Equal(50, await CountAsync("message"));
    }

    [Fact]
    public async Task Nodes_that_capture_and_clean_up_at_the_same_time_keep_the_bound_and_do_not_block_each_other()
    {
        const int Bound = 20;
        var nodes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenAsync(_place.NewStorage(Bound))));
        // Each node captures all of them, in another order: repeats meet the clean-ups of others.
        var messages = Enumerable.Range(0, 150).Select(i => Mail.Message(Mail.Noon.AddSeconds(i), "x", "a.test")).ToArray();
        await Task.WhenAll(nodes.SelectMany((node, number) => messages
            .OrderBy(message => message.Id.Low * (ulong)(2 * number + 1))
            .Select(message => CaptureAsync(node, message, $"node{number}@a.test"))));
        var last = Mail.Message(Mail.Noon.AddDays(1), "x", "a.test");
        // Each node cleans up with every second message.
        for (var i = 0; i < 2; i++) await CaptureAsync(nodes[0], last, $"{i}@a.test");

        Assert.Equal(Bound, await CountAsync("captured"));
        Assert.Equal(last.Id, (await nodes[1].ListAsync(1, default))[0].Id);
    }

    [Fact]
    public async Task Two_sweepers_find_the_same_parts_and_repeated_marks_and_marks_of_missing_parts_have_no_effect()
    {
        var other = await OpenAsync(_place.NewStorage());
        var messages = Enumerable.Range(0, 100).Select(_ => Mail.Message("a.test")).ToArray();
        await Task.WhenAll(messages.Select(message => StoreAsync(message)));
        await Task.WhenAll(new[] { Spool, other }.SelectMany(sweeper => Enumerable.Range(0, 10).Select(async page =>
        {
            var found = await sweeper.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 1000, default);
            await sweeper.MarkHandedOffAsync([.. found.Select(part => part.Id.Mark()).Skip(page * 10).Take(20).Reverse()], default);
            foreach (var part in found.Take(5)) await sweeper.SettleAsync(new Settlement(part.Id, 1, true, null), default);
        })));
        var left = await Spool.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 1000, default);
        Assert.Equal(left, await other.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 1000, default));
        await Task.WhenAll(new[] { Spool, other }
            .Select(sweeper => sweeper.MarkHandedOffAsync([.. messages.Select(message => message.Part().Mark())], default).AsTask()));
        Assert.Empty(await other.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 1000, default));
        Assert.Equal(await CountAsync("part"), await CountAsync("message"));
    }

    [Fact]
    public async Task A_value_that_the_server_cannot_take_sinks_only_its_own_message()
    {
        var good = Enumerable.Range(0, 20).Select(_ => Mail.Message("a.test")).ToArray();
        var bad = Mail.Message("a.test");
        bad = bad with { Parts = [bad.Parts[0] with { Queue = QueueKey.FromTrusted("default:a\0.test") }] };
        var results = await Task.WhenAll(good.Append(bad).Select(message => Spool.StoreAsync(message, default).AsTask()));
        Assert.Equal([.. Enumerable.Repeat(StoreResult.Stored, 20), StoreResult.Unavailable], results);
    }

    [Fact]
    public async Task Queries_go_by_an_index_also_where_the_plan_was_made_for_an_empty_table()
    {
        await using var source = PostgresSourceForTest();
        await using var connection = await source.OpenAsync();
        foreach (var sql in new[]
        {
            "DELETE FROM message WHERE id = ANY ('{}'::uuid[]) AND NOT EXISTS (SELECT 1 FROM part WHERE part.message_id = message.id)",
            "SELECT 1 FROM part WHERE queue_key = 'x' AND message_id = ANY ('{}'::uuid[])",
        })
        {
            await using var command = new NpgsqlCommand($"EXPLAIN {sql}", connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) Assert.DoesNotContain("Seq Scan", reader.GetString(0), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_schema_of_a_newer_version_is_refused()
    {
        await ExecuteAsync("UPDATE postfleet_schema SET version = 99");
        await AssertRefusedAsync(_place.NewStorage(), "version 99");
    }

    [Fact]
    public async Task A_database_that_does_not_flush_commits_is_refused()
    {
        var name = new NpgsqlConnectionStringBuilder(_place.ConnectionString).Database;
        await ExecuteAsync($"ALTER DATABASE {name} SET synchronous_commit = off");
        await AssertRefusedAsync(_place.NewStorage(), "synchronous_commit=off");
    }

    private static async Task CaptureAsync(GroupCommitSpool node, NewMessage message, string recipient)
    {
        var part = new SpooledPart(message.Part(), message.AcceptedAt, message.Envelope, message.Parts[0].Envelope, message.Content);
        await node.CaptureAsync(part, [Mailbox.Parse(recipient)], message.AcceptedAt, default);
    }

    private static async Task AssertRefusedAsync(IStorage storage, string says)
    {
        var e = await Assert.ThrowsAsync<StartFailureException>(() => storage.StartAsync(default));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        await storage.DisposeAsync();
    }

    private PostgresPool PostgresSourceForTest() => PostgresStorage.CreatePool(_place.ConnectionString, 1);
}

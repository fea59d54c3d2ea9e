using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>
/// Tests of a storage that is full, locked, unavailable, slow or damaged: clients get temporary errors, acknowledged mail is kept, and the
/// node recovers with the storage.
/// </summary>
public sealed class StorageTroubleTests
{
    private const int MaxMemory = 1_000;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly byte[] Small = Content(100);
    private static readonly byte[] Large = Content(256 << 10);

    [MountFact]
    public async Task A_full_volume_refuses_mail_and_takes_it_again_when_some_has_left()
    {
        await using var sink = new SmtpSink();
        await sink.RefuseAsync();
        await using var node = new PostfleetNode(Spec(sink) with { Wrap = OnSmallVolume });
        await node.StartAsync();
        var acknowledged = new List<string>();
        var refused = await OfferUntilAsync(node, acknowledged, Large, reply => reply.Code != 250);
        Assert.Equal("452 4.3.1", $"{refused.Code} {refused.Text.Split(' ')[0]}");
        Assert.True(acknowledged.Count > 20, $"{acknowledged.Count} messages of 256 KiB on 64 MiB");
        await Eventually.True(async () => await node.TroubleAsync() is { } trouble
            && trouble.Contains("storage", StringComparison.Ordinal), Limit, "it says so");
        for (var n = 0; n < 50; n++) Assert.Equal(452, (await OfferAsync(node, $"<full{n}@x>", Large)).Code);
        Assert.InRange(await MemoryMiBAsync(node), 1, MaxMemory);

        sink.Listen();
        await OfferUntilAsync(node, acknowledged, Large, reply => reply.Code == 250);
        await ArriveAsync(node, sink, acknowledged);
        await node.WaitReadyAsync(Limit);
    }

    [Fact]
    public async Task A_database_file_that_another_process_holds_is_waited_for()
    {
        await using var sink = new SmtpSink();
        await using var node = new PostfleetNode(Spec(sink));
        await node.StartAsync();
        var acknowledged = new List<string>();
        await OfferUntilAsync(node, acknowledged, Small, reply => reply.Code == 250);
        await using (var holder = new SqliteConnection($"Data Source={Path.Combine(node.Data, "spool.db")};Pooling=False"))
        {
            await holder.OpenAsync();
            await using var held = await holder.BeginTransactionAsync(System.Data.IsolationLevel.Serializable);
            await using (var write = holder.CreateCommand())
            {
                write.CommandText = "UPDATE postfleet_schema SET version = version";
                await write.ExecuteNonQueryAsync();
            }

            var refused = await OfferAsync(node, "<locked@x>", Small);
            Assert.Equal("451 4.3.0", $"{refused.Code} {refused.Text.Split(' ')[0]}");
            Assert.NotNull(await node.TroubleAsync());
            await held.RollbackAsync();
        }

        await OfferUntilAsync(node, acknowledged, Small, reply => reply.Code == 250);
        await ArriveAsync(node, sink, acknowledged);
        await node.WaitReadyAsync(Limit);
    }

    /// <summary>Faults of a server. Detecting a frozen server takes a minute, so only full runs test it.</summary>
    public static TheoryData<string> Troubles =>
        TestSize.IsFull ? ["stopped", "out of connections", "read-only", "standing still"] : ["stopped", "out of connections", "read-only"];

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task A_server_in_trouble_is_waited_for(string trouble)
    {
        await using var sink = new SmtpSink();
        await using var server = await PostgresServer.StartNewAsync();
        await using var node = new PostfleetNode(Spec(sink) with { Postgres = await server.CreateDatabaseAsync() });
        await node.StartAsync();
        var acknowledged = new List<string>();
        await OfferUntilAsync(node, acknowledged, Small, reply => reply.Code == 250);

        var end = await ServerTrouble.BeginAsync(server, trouble);
        var refused = await OfferUntilAsync(node, acknowledged, Small, reply => reply.Code != 250);
        Assert.Equal("451 4.3.0", $"{refused.Code} {refused.Text.Split(' ')[0]}");
        Assert.NotNull(await node.TroubleAsync());
        await end();

        await OfferUntilAsync(node, acknowledged, Small, reply => reply.Code == 250);
        await ArriveAsync(node, sink, acknowledged);
        await node.WaitReadyAsync(Limit);
    }

    [Fact]
    public async Task Damaged_rows_are_set_aside_and_stop_neither_the_start_nor_their_queues()
    {
        await using var sink = new SmtpSink();
        await sink.RefuseAsync();
        await using var node = new PostfleetNode(Spec(sink));
        await node.StartAsync();
        foreach (var n in Enumerable.Range(0, 6))
        {
            // One at a time, so that each message is an event of its own.
            Assert.Equal(250, (await OfferAsync(node, $"<{n}@x>", Small, $"to@{(n % 2 == 0 ? "a" : "b")}.test")).Code);
            await Eventually.True(async () => (await node.QueuesAsync()).Messages == n + 1, Limit, "it is in its queue");
        }

        Assert.Equal(0, await node.TerminateAsync());
        await DamageAsync(node, "journal.db", "UPDATE journal SET message = x'ffffff' WHERE ordering IN (SELECT min(ordering) FROM journal WHERE persistence_id LIKE '%a.test')");
        await DamageAsync(node, "spool.db", "UPDATE message SET body = x'00' WHERE id IN (SELECT message_id FROM part WHERE queue_key LIKE '%b.test' ORDER BY message_id LIMIT 1)");
        sink.Listen();
        await node.StartAsync();
        await node.Process.WaitForLineAsync("event corrupt", Limit);
        await node.Process.WaitForLineAsync("octets instead of", Limit);
        await ArriveAsync(node, sink, ["<0@x>", "<2@x>", "<4@x>", "<3@x>", "<5@x>"]);
        // Damaged rows are kept for inspection.
        Assert.Equal(0, sink.Count("<1@x>", "to@b.test"));
        await Eventually.True(
            async () => await node.QueuesAsync() is { Messages: 1, InFlight: 0 }, Limit, "only the damaged message is left");
    }

    private static NodeSpec Spec(SmtpSink sink) => new()
    {
        Routes = [("*", $"smtp://127.0.0.1:{sink.Port}")],
        Configure = json => json["Queues"] = new JsonObject { ["FirstRetry"] = "1s", ["MaxRetry"] = "2s" },
    };

    // The mount is visible to the node only and ends with it.
    private static ProcessSpec OnSmallVolume(ProcessSpec node, string data)
    {
        Directory.CreateDirectory(data);
        const string script = "mount -t tmpfs -o size=64m tmpfs \"$1\" && shift && exec \"$@\"";
        return node with { File = "unshare", Arguments = ["--mount", "sh", "-c", script, "sh", data, node.File, .. node.Arguments] };
    }

    private static async Task DamageAsync(PostfleetNode node, string file, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(node.Data, file)};Mode=ReadWrite;Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    private static async Task<SmtpReply> OfferUntilAsync(
        PostfleetNode node, List<string> acknowledged, byte[] content, Func<SmtpReply, bool> isEnough)
    {
        var last = default(SmtpReply);
        await Eventually.True(
            async () =>
            {
                var id = $"<{Guid.NewGuid():N}@x>";
                last = await OfferAsync(node, id, content);
                if (last.Code == 250) acknowledged.Add(id);
                return isEnough(last);
            },
            Limit,
            () => node.Process.Failure($"the last reply is {last}").Message);
        return last;
    }

    private static async Task<SmtpReply> OfferAsync(PostfleetNode node, string id, byte[] content, string recipient = "to@a.test")
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        await client.CommandAsync("EHLO test");
        byte[] message = [.. Encoding.ASCII.GetBytes($"Message-Id: {id}\r\n"), .. content];
        return await client.SendMessageAsync("from@source.test", [recipient], message);
    }

    private static Task ArriveAsync(PostfleetNode node, SmtpSink sink, IReadOnlyList<string> acknowledged) => Eventually.True(
        () => Task.FromResult(acknowledged.All(id => sink.Messages.Any(message => message.Id == id))),
        Limit,
        () => node.Process.Failure($"of {acknowledged.Count} messages {acknowledged.Count(id => sink.Messages.All(message => message.Id != id))} have not arrived").Message);

    private static async Task<long> MemoryMiBAsync(PostfleetNode node)
    {
        var lines = await File.ReadAllLinesAsync($"/proc/{node.Process.Id}/status");
        var line = lines.Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) >> 10;
    }

    private static byte[] Content(int octets)
    {
        var line = new string('x', 70) + "\r\n";
        return Encoding.ASCII.GetBytes("Subject: trouble\r\n\r\n" + string.Concat(Enumerable.Repeat(line, (octets / line.Length) + 1)));
    }
}

using System.Collections.Concurrent;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>The shared spool when its server goes, and when several nodes use it.</summary>
public sealed class PostgresFaultTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private PostgresServer _server = null!;
    private Bench _bench = null!;

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartNewAsync();
        _bench = new Bench(new PostgresPlace(_server));
        await _bench.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task The_spool_is_unavailable_while_the_server_is_down_and_resumes_by_itself()
    {
        var before = Mail.Message("a.test");
        var after = Mail.Message("a.test");
        var spool = _bench.Opened;
        Assert.Equal(StoreResult.Stored, await spool.StoreAsync(before, default));
        await spool.ReadAsync(before.Part(), default);
        await _server.StopAsync();

        Assert.Equal(StoreResult.Unavailable, await spool.StoreAsync(Mail.Message("a.test"), default));
        await Assert.ThrowsAsync<SpoolUnavailableException>(
            async () => await spool.SettleAsync(new Settlement(before.Part(), 1, true, null), default));
        await Assert.ThrowsAsync<SpoolUnavailableException>(async () => await spool.ReadAsync(before.Part(), default));
        Assert.False(await spool.IsHealthyAsync(default));

        await _server.StartAsync();
        await Eventually.True(async () => await spool.StoreAsync(after, default) == StoreResult.Stored, Limit, "stores again");
        Assert.True(await spool.IsHealthyAsync(default));
        Mail.AssertSame(before, await spool.ReadAsync(before.Part(), default));
        Assert.True((await spool.SettleAsync(new Settlement(before.Part(), 1, true, null), default)).Applied);
    }

    [Fact]
    public async Task Message_that_only_the_primary_has_is_not_acknowledged()
    {
        var spool = _bench.Opened;
        await _server.LoseStandbyAsync();
        var stored = spool.StoreAsync(Mail.Message("a.test"), default).AsTask();
        await _server.CancelStandbyWaitAsync();
        Assert.Equal(StoreResult.Unavailable with { MayBeStored = true }, await stored);

        await _server.ForgetStandbyAsync();
        await Eventually.True(
            async () => await spool.StoreAsync(Mail.Message("a.test"), default) == StoreResult.Stored, Limit, "stores again");
    }

    [Fact]
    public async Task Acknowledged_messages_survive_a_crash_of_the_server_under_load()
    {
        var spool = _bench.Opened;
        var acknowledged = new ConcurrentBag<NewMessage>();
        var enough = new TaskCompletionSource();
        var crashed = false;
        var clients = Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref crashed))
            {
                var message = Mail.Message("a.test", "b.test");
                if (await spool.StoreAsync(message, default) == StoreResult.Stored) acknowledged.Add(message);
                if (acknowledged.Count > 2000) enough.TrySetResult();
            }
        })).ToArray();
        await enough.Task.WaitAsync(Limit);
        await _server.KillAsync();
        Volatile.Write(ref crashed, true);
        await Task.WhenAll(clients);
        await _server.StartAsync();

        await Eventually.True(async () => await spool.IsHealthyAsync(default), Limit, "answers again");
        HashSet<MessageId> found = [];
        foreach (var ids in acknowledged.Select(message => message.Id).Chunk(1000))
        {
            found.UnionWith((await spool.FindExistingAsync(Mail.Queue("b.test"), ids, default)).Keys);
        }

        Assert.Equal(acknowledged.Count, found.Count);
    }

    [Fact]
    public async Task Acknowledged_writes_survive_a_crash_of_the_server_and_writers_continue()
    {
        const int Writers = 8;
        var spool = _bench.Opened;
        var acknowledged = new ConcurrentBag<NewMessage>();
        var left = 200;
        var isBack = new TaskCompletionSource();
        var refused = 0;
        var writers = Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (var afterwards = 0; afterwards < 20;)
            {
                var message = Mail.Message("a.test");
                // Read before the store: a store which ends afterwards may have been on its way when the server came back.
                var counts = isBack.Task.IsCompleted;
                if (await spool.StoreAsync(message, default) == StoreResult.Stored)
                {
                    acknowledged.Add(message);
                    Interlocked.Decrement(ref left);
                    if (counts) afterwards++;
                }
                else
                {
                    Interlocked.Increment(ref refused);
                }
            }
        })).ToArray();
        await Eventually.True(() => Task.FromResult(Volatile.Read(ref left) <= 0), Limit, "stores");
        await _server.KillAsync();
        await Eventually.True(() => Task.FromResult(Volatile.Read(ref refused) > 0), Limit, "says unavailable");
        await _server.StartAsync();
        isBack.SetResult();

        await Task.WhenAll(writers).WaitAsync(Limit);
        HashSet<MessageId> found = [];
        foreach (var ids in acknowledged.Select(message => message.Id).Chunk(1000))
        {
            found.UnionWith((await spool.FindExistingAsync(Mail.Queue("a.test"), ids, default)).Keys);
        }

        Assert.Equal(acknowledged.Count, found.Count);
        // A commit with a lost answer may have succeeded; each writer has at most 1 commit at a time.
        Assert.InRange(await _bench.CountMessagesAsync() - acknowledged.Count, 0, Writers);
    }

    /// <summary>The opened spool, for a test with a server of its own.</summary>
    private sealed class Bench : SpoolBench
    {
        public Bench(PostgresPlace place) : base(place)
        {
        }

        public GroupCommitSpool Opened => Spool;

        public Task<long> CountMessagesAsync() => CountAsync("message");
    }
}

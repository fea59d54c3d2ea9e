using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Storage;
using Postfleet.Storage.Commit;

namespace Postfleet.Spool.Tests.Commit;

public sealed class GroupCommitTests : IAsyncLifetime
{
    private readonly FakeStorage _storage = new();
    private readonly TaskCompletionSource _firstCommits = new();
    private readonly TaskCompletionSource _firstArrived = new();
    private GroupCommitSpool? _started;

    private GroupCommitSpool Spool => _started!;

    public Task InitializeAsync() => StartAsync(new GroupCommitLimits());

    public async Task DisposeAsync()
    {
        _firstCommits.TrySetResult();
        await Spool.DisposeAsync();
    }

    [Fact]
    public async Task Operations_that_wait_during_a_commit_share_the_next_transaction()
    {
        HoldFirst();
        var first = Store();
        await _firstArrived.Task;
        var others = Enumerable.Range(0, 50).Select(_ => Store()).ToArray();
        Assert.All([first, .. others], task => Assert.False(task.IsCompleted));
        _firstCommits.SetResult();

        Assert.All(await Task.WhenAll([first, .. others]), result => Assert.Equal(StoreResult.Stored, result));
        Assert.Equal([1, 50], _storage.Tried);
    }

    [Fact]
    public async Task A_transaction_is_bounded_in_operations_and_in_bytes()
    {
        await StartAsync(new GroupCommitLimits { BatchOperations = 10, BatchBytes = 100_000 });
        HoldFirst();
        var first = Store();
        await _firstArrived.Task;
        Task<StoreResult>[] others =
            [.. Enumerable.Range(0, 25).Select(_ => Store()), .. Enumerable.Range(0, 4).Select(_ => Store(60_000))];
        _firstCommits.SetResult();
        await Task.WhenAll([first, .. others]);
        Assert.Equal([1, 10, 10, 7, 2], _storage.Tried);
    }

    [Fact]
    public async Task No_message_counts_as_stored_when_the_commit_fails()
    {
        _storage.Transaction = _ => throw new TimeoutException("gone");
        Assert.Equal(StoreResult.Unavailable, await Store());
        _storage.Transaction = _ => throw new CommitUnknownException(new TimeoutException("gone"));
        Assert.Equal(StoreResult.Unavailable with { MayBeStored = true }, await Store());
        _storage.Transaction = _ => throw new IOException("full");
        Assert.Equal(StoreResult.InsufficientStorage, await Store());
        _storage.Transaction = _ => Task.CompletedTask;
        Assert.Equal(StoreResult.Stored, await Store());
    }

    [Fact]
    public async Task A_failing_operation_is_found_by_halving()
    {
        var bad = Mail.Message("bad.test");
        HoldFirst(then: batch => batch.Any(operation => operation.Message == bad.Id) ? throw new InvalidOperationException("bad")
            : Task.CompletedTask);
        var first = Store();
        await _firstArrived.Task;
        var others = Enumerable.Range(0, 64).Select(i => i == 40 ? Store(bad) : Store()).ToArray();
        _firstCommits.SetResult();

        await first;
        var results = await Task.WhenAll(others);
        Assert.Equal([StoreResult.Unavailable], results.Where(result => result != StoreResult.Stored));
        Assert.Equal(StoreResult.Unavailable, results[40]);
        Assert.Equal([1, 64, 32, 32, 16, 8, 8, 4, 2, 1, 1, 2, 4, 16], _storage.Tried);
    }

    [Fact]
    public async Task A_storage_that_is_gone_is_asked_once_not_for_each()
    {
        HoldFirst(then: _ => throw new TimeoutException("gone"));
        var first = Store();
        await _firstArrived.Task;
        var others = Enumerable.Range(0, 64).Select(_ => Store()).ToArray();
        _firstCommits.SetResult();

        await first;
        Assert.All(await Task.WhenAll(others), result => Assert.Equal(StoreResult.Unavailable, result));
        Assert.Equal([1, 64], _storage.Tried);
    }

    [Fact]
    public async Task A_storage_that_goes_while_halving_fails_the_rest()
    {
        var tries = 0;
        HoldFirst(then: _ => ++tries == 1 ? throw new InvalidOperationException("one of you") : throw new TimeoutException("gone"));
        var first = Store();
        await _firstArrived.Task;
        var others = Enumerable.Range(0, 8).Select(_ => Store()).ToArray();
        _firstCommits.SetResult();

        await first;
        Assert.All(await Task.WhenAll(others), result => Assert.Equal(StoreResult.Unavailable, result));
        Assert.Equal([1, 8, 4], _storage.Tried);
    }

    [Fact]
    public async Task Cancelling_is_heard_while_waiting_and_not_during_the_commit()
    {
        HoldFirst();
        using var cancelFirst = new CancellationTokenSource();
        using var cancelSecond = new CancellationTokenSource();
        var first = Store(cancellationToken: cancelFirst.Token);
        await _firstArrived.Task;
        var second = Store(cancellationToken: cancelSecond.Token);
        await cancelFirst.CancelAsync();
        await cancelSecond.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(first.IsCompleted);
        _firstCommits.SetResult();
        Assert.Equal(StoreResult.Stored, await first);
        Assert.Equal(StoreResult.Stored, await Store());
        Assert.Equal([1, 1], _storage.Tried);
    }

    [Fact]
    public async Task Queued_bytes_are_bounded_and_cancelled_operations_return_their_bytes()
    {
        await StartAsync(new GroupCommitLimits { QueuedBytes = 100_000 });
        HoldFirst();
        var first = Store(60_000);
        await _firstArrived.Task;
        using var cancel = new CancellationTokenSource();
        var tooMany = Store(60_000, cancel.Token);
        var behind = Store(10);
        Assert.False(tooMany.IsCompleted || behind.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tooMany);
        _firstCommits.SetResult();

        Assert.Equal(StoreResult.Stored, await first);
        Assert.Equal(StoreResult.Stored, await behind);
        Assert.Equal(StoreResult.Stored, await Store(1_000_000));
    }

    [Fact]
    public async Task Stopping_finishes_the_queued_operations()
    {
        HoldFirst();
        var first = Store();
        await _firstArrived.Task;
        var second = Store();
        var stop = Spool.DisposeAsync().AsTask();
        Assert.Equal(StoreResult.Unavailable, await Store());
        Assert.False(stop.IsCompleted);
        _firstCommits.SetResult();

        await stop;
        Assert.Equal((StoreResult.Stored, StoreResult.Stored), (await first, await second));
    }

    [Fact]
    public async Task Two_reports_on_one_part_never_share_a_transaction()
    {
        HoldFirst();
        var first = Store();
        await _firstArrived.Task;
        var part = Mail.Message("a.test").Part();
        var other = Mail.Message("a.test").Part();
        var settles =
            new[] { new Settlement(part, 1, false, null), new Settlement(other, 1, true, null), new Settlement(part, 2, true, null) }
            .Select(settlement => Spool.SettleAsync(settlement, default).AsTask()).ToArray();
        _firstCommits.SetResult();
        await Task.WhenAll([first, .. settles]);
        Assert.Equal([1, 2, 1], _storage.Tried);
    }

    [Fact]
    public async Task Failed_reads_throw_unavailable()
    {
        var part = Mail.Message("a.test").Part();
        await Assert.ThrowsAsync<SpoolUnavailableException>(async () => await Spool.ReadAsync(part, default));
        await Assert.ThrowsAsync<SpoolUnavailableException>(async () => await Spool.FindUnclaimedAsync(Mail.Noon, null, 1, default));
        Assert.False(await Spool.IsHealthyAsync(default));
    }

    private async Task StartAsync(GroupCommitLimits limits)
    {
        if (_started is not null) await _started.DisposeAsync();
        _started = new GroupCommitSpool(_storage, 1 << 20, limits, NullLogger<GroupCommitSpool>.Instance, TimeProvider.System);
        await _started.StartAsync(default);
    }

    private void HoldFirst(Func<IReadOnlyList<WriteOperation>, Task>? then = null) => _storage.Transaction = async operations =>
    {
        if (_firstArrived.TrySetResult()) await _firstCommits.Task;
        else if (then is not null) await then(operations);
    };

    private Task<StoreResult> Store(int size = 100, CancellationToken cancellationToken = default) =>
        Spool.StoreAsync(Mail.Large(size, "a.test"), cancellationToken).AsTask();

    private Task<StoreResult> Store(NewMessage message) => Spool.StoreAsync(message, default).AsTask();
}

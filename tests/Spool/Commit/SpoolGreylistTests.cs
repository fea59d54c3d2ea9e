using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Greylisting;
using Postfleet.Spool.Commit;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;

namespace Postfleet.Spool.Tests.Commit;

/// <summary>The rows of networks are bounded behind the answers.</summary>
public sealed class SpoolGreylistTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly GreylistRules Rules = new(TimeSpan.FromMinutes(5), TimeSpan.FromHours(48), TimeSpan.FromDays(36), 2);

    private readonly FakeStorage _storage = new();
    private readonly FakeTimeProvider _time = new();
    private readonly LogCollector _log = new();
    private readonly SpoolGreylist _greylist;

    public SpoolGreylistTests() => _greylist = new SpoolGreylist(_storage, _log, _time);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _greylist.DisposeAsync().AsTask();

    [Fact]
    public async Task A_network_that_cannot_be_bounded_takes_no_answers_away()
    {
        _storage.Greylist.Trim = _ => throw new IOException("cannot write");
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(IGreylistStore.MaxBatch, (await MeetAsync()).Count);
            await TrimsAsync(i);
        }

        Assert.Equal("greylist trim failed", Assert.Single(_log.Lines).Name);
    }

    [Fact]
    public async Task A_slow_transaction_of_networks_delays_no_answers_and_ends_in_time()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _storage.Greylist.Trim = async stop =>
        {
            await using (stop.Register(ended.SetResult)) await ended.Task;
            throw new OperationCanceledException(stop);
        };
        await MeetAsync();
        await TrimsAsync(1);
        await MeetAsync();
        Assert.False(ended.Task.IsCompleted);
        Assert.Equal(1, _storage.Greylist.Trims);
        _storage.Greylist.Trim = _ => Task.FromResult(0);
        _time.Advance(SpoolGreylist.TrimTime);
        await ended.Task.WaitAsync(Limit);
        // The network has grown meanwhile.
        await TrimsAsync(2);
    }

    [Fact]
    public async Task A_network_with_more_rows_than_a_transaction_deletes_is_bounded_by_several()
    {
        var left = 3;
        _storage.Greylist.Trim = _ => Task.FromResult(--left > 0 ? KeySweep.Piece : 7);
        await MeetAsync();
        await Eventually.True(() => Volatile.Read(ref left) == 0, Limit, "three transactions bound the network");
    }

    [Fact]
    public async Task The_end_waits_for_a_transaction_and_cancels_it()
    {
        _storage.Greylist.Trim = async stop =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            return 0;
        };
        var greylist = new SpoolGreylist(_storage, _log, _time);
        await MeetAsync(greylist);
        await TrimsAsync(1);
        await greylist.DisposeAsync().AsTask().WaitAsync(Limit);
        await greylist.DisposeAsync();
        await MeetAsync(greylist);
        Assert.Equal(1, _storage.Greylist.Trims);
        Assert.Empty(_log.Lines);
    }

    private ValueTask<IReadOnlyList<GreylistMeeting>> MeetAsync(SpoolGreylist? greylist = null) => (greylist ?? _greylist).MeetAsync(
        [.. Enumerable.Range(0, IGreylistStore.MaxBatch).Select(_ => new GreylistTriplet(Guid.NewGuid(), Guid.NewGuid()))], Rules, default);

    private Task TrimsAsync(int count) =>
        Eventually.True(() => _storage.Greylist.Trims >= count, Limit, $"{count} transactions bound networks");
}

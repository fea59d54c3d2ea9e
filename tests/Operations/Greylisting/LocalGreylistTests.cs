using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Greylisting;
using Postfleet.Core.Greylisting;
using Postfleet.Operations.Greylisting;
using Postfleet.Spool.Common;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests.Greylisting;

/// <summary>Greylisting on a node.</summary>
public sealed class LocalGreylistTests
{
    private static readonly GreylistRules Rules = new(TimeSpan.FromMinutes(5), TimeSpan.FromHours(48), TimeSpan.FromDays(36), 3);

    private readonly FakeTimeProvider _time = new();
    private readonly Store _store = new();
    private readonly LogCollector _log = new();
    private readonly LocalGreylist _greylist;

    public LocalGreylistTests() => _greylist = new LocalGreylist(_store, _time, _log);

    [Fact]
    public async Task Answers_are_remembered_for_their_time()
    {
        _store.Answer = _ => new GreylistMeeting(GreylistState.New, Rules.Delay);
        Assert.Null(_greylist.TryMeet(Triplet(1)));
        Assert.Equal(GreylistAnswerKind.Deferred, (await MeetAsync(1)).Kind);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(new GreylistAnswer(GreylistAnswerKind.Deferred, TimeSpan.FromMinutes(1)), _greylist.TryMeet(Triplet(1)));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(_greylist.TryMeet(Triplet(1)));

        _store.Answer = _ => new GreylistMeeting(GreylistState.Proved, TimeSpan.Zero);
        Assert.Equal(GreylistAnswerKind.Passed, (await MeetAsync(1)).Kind);
        Assert.Equal(GreylistAnswerKind.Passed, _greylist.TryMeet(Triplet(1))!.Value.Kind);
        Assert.Null(_greylist.TryMeet(Triplet(2)));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(_greylist.TryMeet(Triplet(1)));
    }

    [Fact]
    public async Task A_known_sender_is_remembered_for_all_its_recipients()
    {
        _store.Answer = _ => new GreylistMeeting(GreylistState.KnownSender, TimeSpan.Zero);
        await MeetAsync(1);
        Assert.Equal(GreylistAnswerKind.Passed, _greylist.TryMeet(Triplet(2))!.Value.Kind);
    }

    [Fact]
    public async Task Questions_that_come_meanwhile_share_a_batch_and_equal_ones_are_asked_once()
    {
        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        var first = MeetAsync(0);
        await Eventually.True(() => !_store.Batches.IsEmpty, TimeSpan.FromSeconds(30), "the storage is asked");
        var others = Enumerable.Range(0, 300).Select(i => AskAsync(1 + i % 150)).ToArray();
        gate.SetResult();
        await first;
        await AdvanceUntilAsync(Task.WhenAll(others));
        Assert.Equal([1, 150], _store.Batches.Select(batch => batch.Count));
    }

    [Fact]
    public async Task Mail_passes_while_the_storage_fails_and_where_too_many_wait()
    {
        _store.Answer = _ => throw new SpoolUnavailableException("down", new IOException());
        Assert.Equal(GreylistAnswerKind.Unknown, (await MeetAsync(1)).Kind);
        Assert.Null(_greylist.TryMeet(Triplet(1)));
        Assert.Equal(GreylistAnswerKind.Unknown, (await MeetAsync(2)).Kind);
        Assert.Equal("greylisting away", Assert.Single(_log.Lines).Name);

        var gate = new TaskCompletionSource();
        _store.Gate = gate.Task;
        _store.Answer = _ => new GreylistMeeting(GreylistState.New, Rules.Delay);
        var waiting = Enumerable.Range(0, LocalGreylist.MaxWaiting).Select(AskAsync).ToArray();
        Assert.Equal(GreylistAnswerKind.Unknown, (await _greylist.MeetAsync(Triplet(9999), Rules, default)).Kind);
        gate.SetResult();
        await AdvanceUntilAsync(Task.WhenAll(waiting));
        Assert.Equal(["greylisting away", "greylisting back"], _log.Lines.Select(line => line.Name));
        Assert.All(_store.Batches, batch => Assert.InRange(batch.Count, 1, IGreylistStore.MaxBatch));
    }

    private Task<GreylistAnswer> MeetAsync(int number) => AdvanceUntilAsync(AskAsync(number));

    private Task<GreylistAnswer> AskAsync(int number) => _greylist.MeetAsync(Triplet(number), Rules, default).AsTask();

    private static GreylistTriplet Triplet(int number) => new(new Guid(number, 0, 0, new byte[8]), new Guid(-1, 0, 0, new byte[8]));

    // The pauses between batches go by the fake clock.
    private async Task<T> AdvanceUntilAsync<T>(Task<T> task)
    {
        await Eventually.True(
            () =>
            {
                if (!task.IsCompleted) _time.Advance(LocalGreylist.Pause);
                return task.IsCompleted;
            },
            TimeSpan.FromSeconds(60), "the answers come");
        return await task;
    }

    private sealed class Store : IGreylistStore
    {
        public ConcurrentQueue<IReadOnlyList<GreylistTriplet>> Batches { get; } = new();

        public Task Gate { get; set; } = Task.CompletedTask;

        public Func<GreylistTriplet, GreylistMeeting> Answer { get; set; } = _ => new GreylistMeeting(GreylistState.New, Rules.Delay);

        public async ValueTask<IReadOnlyList<GreylistMeeting>> MeetAsync(
            IReadOnlyList<GreylistTriplet> triplets, GreylistRules rules, CancellationToken cancellationToken)
        {
            Batches.Enqueue(triplets);
            await Gate;
            return [.. triplets.Select(Answer)];
        }
    }
}

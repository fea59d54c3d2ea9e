using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Concurrency;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Core.Tests.Concurrency;

/// <summary>The loops in the background of a node.</summary>
public sealed class PeriodicLoopTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _told = [];

    [Fact]
    public async Task A_fault_of_whatever_kind_ends_no_loop_and_is_told_once_a_minute()
    {
        var rounds = 0;
        await using var loop = Loop(_ => Interlocked.Increment(ref rounds) switch
        {
            // Rounds 1 to 4 within 90 s; the time limit of a query is a cancellation, too.
            <= 4 => Task.FromException(new InvalidOperationException("broken")),
            6 => Task.FromException(new OperationCanceledException("late")),
            _ => Task.CompletedTask,
        });
        loop.Start(isAtOnce: true);
        for (var round = 1; round <= 7; round++)
        {
            var expected = round;
            await Eventually.True(() => Volatile.Read(ref rounds) >= expected, TimeSpan.FromSeconds(30), "a round follows");
            if (round < 7) _time.Advance(Interval);
        }

        await loop.DisposeAsync();
        Assert.Equal(["broken", "broken", "late"], _told);
    }

    [Fact]
    public async Task The_end_waits_for_a_round_and_tells_no_fault_of_it()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = Loop(async stopped =>
        {
            begun.SetResult();
            await gate.Task;
            throw new InvalidOperationException(stopped.IsCancellationRequested ? "stopped" : "running");
        });
        loop.Start(isAtOnce: true);
        await begun.Task;
        var end = loop.DisposeAsync();
        Assert.False(end.IsCompleted);
        gate.SetResult();
        await end;
        await loop.DisposeAsync();
        Assert.Empty(_told);
    }

    private PeriodicLoop Loop(Func<CancellationToken, Task> round) => new(Interval, round, fault => _told.Add(fault.Message), _time);
}

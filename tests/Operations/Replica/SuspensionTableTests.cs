using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Operations;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Replica;
using Xunit;

namespace Postfleet.Operations.Tests.Replica;

/// <summary>A node's copy of the suspensions.</summary>
public sealed class SuspensionTableTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("bulk:example.org");

    private readonly FakeTimeProvider _time = new(Start);
    private readonly SuspensionTable _table;

    public SuspensionTableTests() => _table = new SuspensionTable(_time);

    [Fact]
    public void Queues_wait_for_the_first_copy_for_a_bounded_time()
    {
        _table.Expect();
        Assert.Equal(Start + SuspensionTable.PatienceAtStart, _table.Find(Queue, null)!.Until);
        _time.Advance(SuspensionTable.PatienceAtStart);
        Assert.Null(_table.Find(Queue, null));
    }

    [Fact]
    public void The_first_copy_ends_the_wait()
    {
        _table.Expect();
        _table.Set([]);
        Assert.Null(_table.Find(Queue, null));
    }

    [Fact]
    public void A_suspension_is_found_until_its_end()
    {
        _table.Set([Suspend(3, Start.AddHours(1))]);
        Assert.Equal(new Suspension(3, Start.AddHours(1), "why") { Since = Start }, _table.Find(Queue, null));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(_table.Find(Queue, null));
    }

    [Fact]
    public void Of_several_suspensions_the_longest_counts()
    {
        _table.Set([Suspend(3, Start.AddHours(1)), Suspend(4, Start.AddHours(2)), Suspend(5, Start.AddMinutes(1))]);
        Assert.Equal(4, _table.Find(Queue, null)!.Action);
        _table.Set([Suspend(3, Start.AddHours(1)), Suspend(4, null)]);
        Assert.Equal(4, _table.Find(Queue, null)!.Action);
    }

    private static ActionView Suspend(int number, DateTimeOffset? expires) => new(
        number, new ActionOrder(ActionKind.Suspend, ActionSelector.None with { Stream = "bulk" }, "why", "ada", expires), Start,
        ActionState.Standing, null, 0, 0);
}

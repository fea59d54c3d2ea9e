using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Operations;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Replica;
using Xunit;

namespace Postfleet.Operations.Tests.Replica;

/// <summary>A node's copy of the moves to a route.</summary>
public sealed class RedirectionTableTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("bulk:example.org");
    private static readonly DestinationId Site = new("default|mx.example.org");
    private static readonly ActionSelector Bulk = ActionSelector.None with { Stream = "bulk" };
    private static readonly ActionSelector AtSite = ActionSelector.None with { Site = "default|mx.*" };

    private readonly FakeTimeProvider _time = new(Start);
    private readonly RedirectionTable _table;

    public RedirectionTableTests() => _table = new RedirectionTable(_time);

    [Fact]
    public void A_table_without_moves_is_empty()
    {
        Assert.True(_table.IsEmpty);
        Assert.False(_table.NeedsSite(Queue));
        Assert.Null(_table.Find(Queue, Site));
        _table.Set([Move(3, Bulk)]);
        Assert.False(_table.IsEmpty);
    }

    [Fact]
    public void A_move_is_found_until_its_end()
    {
        _table.Set([Move(3, Bulk, Start.AddHours(1))]);
        Assert.Equal(new Redirection(3, "route3", Start.AddHours(1)), _table.Find(Queue, null));
        Assert.Null(_table.Find(QueueKey.FromTrusted("default:example.org"), null));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(_table.Find(Queue, null));
    }

    [Fact]
    public void The_newest_move_counts()
    {
        _table.Set([Move(3, Bulk), Move(5, Bulk), Move(4, Bulk)]);
        Assert.Equal("route5", _table.Find(Queue, null)!.Route);
    }

    [Fact]
    public void A_site_is_needed_only_if_a_newer_move_does_not_decide()
    {
        _table.Set([Move(3, Bulk), Move(4, AtSite)]);
        Assert.True(_table.NeedsSite(Queue));
        Assert.Equal("route4", _table.Find(Queue, Site)!.Route);
        Assert.Equal("route3", _table.Find(Queue, new DestinationId("default|other"))!.Route);
        Assert.Equal("route3", _table.Find(Queue, null)!.Route);
        _table.Set([Move(3, AtSite), Move(4, Bulk)]);
        Assert.False(_table.NeedsSite(Queue));
    }

    [Fact]
    public void Candidates_count_until_the_owner_has_ended_them()
    {
        _table.Set([Move(3, Bulk, Start.AddHours(1)), Move(4, AtSite), Move(5, ActionSelector.None with { Stream = "other" })]);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal("4,3", _table.Candidates(Queue));
        _table.Set([Move(4, AtSite)]);
        Assert.Equal("4", _table.Candidates(Queue));
    }

    private static ActionView Move(int number, ActionSelector selector, DateTimeOffset? expires = null) => new(
        number, new ActionOrder(ActionKind.Move, selector, "why", "ada", expires) { ToRoute = $"route{number}" }, Start,
        ActionState.Standing, null, 0, 0);
}

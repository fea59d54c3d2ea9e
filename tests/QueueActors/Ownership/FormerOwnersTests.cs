using Postfleet.QueueActors.Ownership;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.QueueActors.Tests.Ownership;

public sealed class FormerOwnersTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 10, 0, 0, TimeSpan.Zero);

    private readonly FormerOwners _owners = new();

    [Theory]
    [InlineData(null, TakeoverReason.Unknown)]
    [InlineData(true, TakeoverReason.NodeLeft)]
    [InlineData(false, TakeoverReason.Rebalanced)]
    public void Reason_is_the_state_of_a_node_that_was_not_removed(bool? leaves, TakeoverReason reason) =>
        Assert.Equal(reason, _owners.Reason("a:1", Now, leaves));

    [Theory]
    [InlineData(true, TakeoverReason.NodeLost)]
    [InlineData(false, TakeoverReason.NodeLeft)]
    public void Removed_node_is_the_reason_although_it_is_back(bool isDead, TakeoverReason reason)
    {
        _owners.Removed("a:1", isDead, Now);
        Assert.Equal(reason, _owners.Reason("a:1", Now.AddSeconds(-1), false));
        Assert.Equal(reason, _owners.Reason("a:1", Now.AddMinutes(1), null));
        Assert.Equal(TakeoverReason.Rebalanced, _owners.Reason("a:1", Now.AddHours(1), false));
    }

    [Fact]
    public void Oldest_of_too_many_nodes_is_forgotten()
    {
        for (var node = 0; node <= FormerOwners.MaxNodes; node++) _owners.Removed($"a:{node}", true, Now.AddMilliseconds(node));
        Assert.Equal(TakeoverReason.Unknown, _owners.Reason("a:0", Now, null));
        Assert.Equal(TakeoverReason.NodeLost, _owners.Reason("a:1", Now, null));
        Assert.Equal(TakeoverReason.NodeLost, _owners.Reason($"a:{FormerOwners.MaxNodes}", Now, null));
    }
}

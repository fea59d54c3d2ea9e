using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>How long nodes removed as dead are named.</summary>
public sealed class DepartedNodesTests
{
    [Fact]
    public void Node_is_named_for_a_while_after_its_removal()
    {
        var time = new FakeTimeProvider();
        var nodes = new DepartedNodes(time);
        Assert.Empty(nodes.Recent());
        nodes.Add("10.0.0.1:4053");
        time.Advance(DepartedNodes.KeepFor);
        nodes.Add("10.0.0.2:4053");
        Assert.Equal(["10.0.0.1:4053", "10.0.0.2:4053"], nodes.Recent().Order());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["10.0.0.2:4053"], nodes.Recent());
    }
}

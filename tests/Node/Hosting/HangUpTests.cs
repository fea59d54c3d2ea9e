using Postfleet.Node.Hosting;
using Xunit;

namespace Postfleet.Node.Tests.Hosting;

public sealed class HangUpTests
{
    [Fact]
    public void A_signal_before_the_node_can_reload_is_kept_and_several_are_one()
    {
        using var hangUp = new HangUp();
        var reloads = 0;
        hangUp.Receive();
        hangUp.Receive();

        hangUp.Attach(() => reloads++);
        Assert.Equal(1, reloads);
        hangUp.Receive();
        Assert.Equal(2, reloads);
    }

    [Fact]
    public void Without_a_signal_nothing_is_reloaded()
    {
        using var hangUp = new HangUp();
        var reloads = 0;

        hangUp.Attach(() => reloads++);

        Assert.Equal(0, reloads);
    }
}

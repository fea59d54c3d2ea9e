using Akka.Actor;
using Akka.Configuration;
using Postfleet.Cluster.Membership;
using Xunit;

namespace Postfleet.Cluster.Tests;

/// <summary>What a node that wants to join finds out of the other one's database.</summary>
public sealed class DatabaseSignTests : IDisposable
{
    private readonly ActorSystem _here = Start();
    private readonly ActorSystem _there = Start();

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
    }

    [Fact]
    public async Task A_node_tells_the_id_of_its_database()
    {
        DatabaseSign.Show(_there, "0123456789abcdef");
        Assert.Equal("0123456789abcdef", await DatabaseSign.AskAsync(_here, AddressOf(_there), default));
    }

    /// <summary>Not after the time that an answer may take: an upgrade must not make each start slower.</summary>
    [Fact]
    public async Task A_node_of_a_version_without_ids_says_so_by_itself()
    {
        var sign = _here.ActorSelection(new RootActorPath(AddressOf(_there)) / "user" / "database" / "*");
        Assert.Null((await sign.Ask<ActorIdentity>(new Identify("x"), TimeSpan.FromMinutes(1))).Subject);
        Assert.Null(await DatabaseSign.AskAsync(_here, AddressOf(_there), default));
    }

    [Fact]
    public async Task Of_a_node_that_does_not_answer_nothing_is_known() =>
        Assert.Null(await DatabaseSign.AskAsync(_here, AddressOf(_there).WithPort(1), default));

    private static ActorSystem Start() => ActorSystem.Create("postfleet", ConfigurationFactory.ParseString(
        """
        akka {
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          loglevel = OFF
          stdout-loglevel = OFF
        }
        """));

    private static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;
}

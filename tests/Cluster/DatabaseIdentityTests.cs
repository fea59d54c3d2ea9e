using Akka.Actor;
using Postfleet.Cluster.Membership;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Cluster.Tests.RemoteSystem;

namespace Postfleet.Cluster.Tests;

/// <summary>A joining node asks another node for the id of its database.</summary>
public sealed class DatabaseIdentityTests : IDisposable
{
    private readonly ActorSystem _here = Start();
    private readonly ActorSystem _there = Start();

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
    }

    [Fact]
    public async Task Node_answers_with_the_id_of_its_database()
    {
        DatabaseIdentity.Publish(_there, "0123456789abcdef");
        await Eventually.True(
            async () => await DatabaseIdentity.AskAsync(_here, AddressOf(_there), default) == "0123456789abcdef", TimeSpan.FromMinutes(1),
            "the node answers with its id");
    }

    /// <summary>The answer comes before the time limit, or an upgrade would slow each start down.</summary>
    [Fact]
    public async Task Node_of_a_version_without_ids_answers_at_once()
    {
        var sign = _here.ActorSelection(new RootActorPath(AddressOf(_there)) / "user" / "database" / "*");
        Assert.Null((await sign.Ask<ActorIdentity>(new Identify("x"), TimeSpan.FromMinutes(1))).Subject);
        Assert.Null(await DatabaseIdentity.AskAsync(_here, AddressOf(_there), default));
    }

    [Fact]
    public async Task Node_that_does_not_answer_has_no_id() =>
        Assert.Null(await DatabaseIdentity.AskAsync(_here, AddressOf(_there).WithPort(1), default));
}

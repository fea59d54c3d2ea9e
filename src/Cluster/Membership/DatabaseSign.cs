using Akka.Actor;
using Akka.Cluster;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Shows which database a node uses, so that a node with another one does not join its cluster. The id is the name of an actor.
/// Every actor answers <see cref="Identify"/> by itself, and Akka answers it for an actor that does not exist. So the question
/// needs no message of ours, and a program from before there were ids says at once that it has none. Members also say the id in their
/// roles, where all members have it at hand.
/// </summary>
internal static class DatabaseSign
{
    private const string Name = "database";
    private const string RolePrefix = "database:";

    /// <summary>How long a node may take to answer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Puts it up.</summary>
    public static void Show(ActorSystem system, string id) => system.ActorOf(Props.Create(() => new Holder(id)), Name);

    /// <summary>Asks a node that need not be in a cluster.</summary>
    /// <returns>The id of its database; null when it has none, or does not answer.</returns>
    public static async Task<string?> AskAsync(ActorSystem system, Address node, CancellationToken cancellationToken)
    {
        var sign = system.ActorSelection(new RootActorPath(node) / "user" / Name / "*");
        try
        {
            return (await sign.Ask<ActorIdentity>(new Identify(Name), Limit, cancellationToken)).Subject?.Path.Name;
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>The role that tells a database's id.</summary>
    public static string ToRole(string id) => RolePrefix + id;

    /// <summary>The id of the database that a member uses; null for a member of a version that tells none.</summary>
    public static string? Of(Member member) =>
        member.Roles.FirstOrDefault(role => role.StartsWith(RolePrefix, StringComparison.Ordinal))?[RolePrefix.Length..];

    // Its only child has the name that is asked for.
    private sealed class Holder(string id) : UntypedActor
    {
        protected override void PreStart() => Context.ActorOf(Props.Create(() => new Sign()), id);

        protected override void OnReceive(object message) => Unhandled(message);
    }

    private sealed class Sign : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}

using Akka.Actor;
using Akka.Cluster;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Publishes the id of a node's database. A node with another database must not join its cluster. The id is the name of an actor. Every
/// actor answers <see cref="Identify"/>, and Akka answers for a missing actor, so the question needs no message of this program, and a
/// version without ids answers at once that it has none. Members also have the id in their roles.
/// <see cref="ClusterJoin"/> asks for it.
/// </summary>
internal static class DatabaseIdentity
{
    private const string Name = "database";
    private const string RolePrefix = "database:";

    /// <summary>The longest wait for an answer.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Publishes an id on this node.</summary>
    public static void Publish(ActorSystem system, string id) => system.ActorOf(Props.Create(() => new Holder(id)), Name);

    /// <summary>Asks a node, which need not be in a cluster, for the id of its database.</summary>
    /// <returns>The id; null when the node has none or does not answer.</returns>
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

    /// <summary>The role with a database's id.</summary>
    public static string ToRole(string id) => RolePrefix + id;

    /// <summary>The id of a member's database; null for a member of a version without ids.</summary>
    public static string? Of(Member member) =>
        member.Roles.FirstOrDefault(role => role.StartsWith(RolePrefix, StringComparison.Ordinal))?[RolePrefix.Length..];

    // The name of its only child is the id.
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

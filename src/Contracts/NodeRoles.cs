namespace Postfleet.Contracts;

/// <summary>The roles of nodes, as written in the configuration (<c>Node:Roles</c>) and in the cluster.</summary>
public static class NodeRoles
{
    /// <summary>Takes mail by SMTP.</summary>
    public const string Frontend = "frontend";

    /// <summary>Runs queues.</summary>
    public const string Queue = "queue";

    /// <summary>Sends mail to its destinations.</summary>
    public const string Delivery = "delivery";

    /// <summary>All roles.</summary>
    public static IReadOnlyList<string> All { get; } = [Frontend, Queue, Delivery];
}

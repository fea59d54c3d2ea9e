using Postfleet.Configuration;
using Postfleet.Contracts;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Node.Options;

/// <summary>
/// The keys of the sections about the node itself, and the rules for combinations of their values.
/// The bounds allow short times for tests.
/// </summary>
public sealed class NodeConfiguration : ModuleConfiguration<NodeSections>
{
    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Node:Hostname", Text("a domain name, or empty for the machine's", TextForms.EmptyOrName), "mail.example.org",
            "Host name for greetings, EHLO, trace headers and DSNs."),
        new("Node:Roles:#", Choice([.. NodeRoles.All]), NodeRoles.Queue, "Roles of the node."),
        new("Node:ShutdownGrace", Duration("0s", "1h"), "30s", "Time for stopping, within which sessions and attempts in flight finish."),
        new("Node:DrainDelay", Duration("0s", "10m"), "5s",
            "Time after SIGTERM in which the node is not ready but still accepts mail, so that load balancers leave it, before it stops."),

        new("Log:Format", Choice<LogFormat>(), "json", "Form of log lines."),
        new("Log:Level", Choice<LogThreshold>(), "debug", "Lowest level that is written."),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reloaded { get; } = ["Log"];

    /// <inheritdoc/>
    protected override IEnumerable<string> Check(NodeSections options)
    {
        var roles = options.Node.Roles;
        if (roles.Count == 0) yield return "Node:Roles is empty; allowed: one or more of frontend, queue, delivery";
        foreach (var role in roles.CountBy(role => role).Where(role => role.Value > 1))
            yield return $"Node:Roles has '{role.Key}' {role.Value} times; allowed: each role once";
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(NodeSections options, CheckSurroundings surroundings)
    {
        var hostname = surroundings.Hostname;
        if (!hostname.Contains('.', StringComparison.Ordinal))
        {
            yield return $"Node:Hostname is '{hostname}', which has no domain: many servers refuse mail from a node of such a name; " +
                "set a name that resolves to the address that mail leaves from";
        }
    }
}

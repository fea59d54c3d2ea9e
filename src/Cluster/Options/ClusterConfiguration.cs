using System.Net;
using Postfleet.Cluster.Common;
using Postfleet.Configuration;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Cluster.Options;

/// <summary>The keys of the sections about the cluster, and the rules for combinations of their values.</summary>
public sealed class ClusterConfiguration : ModuleConfiguration<ClusterSections>
{
    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Cluster:Host", Text("auto, a host name, or the IP address of one machine", TextForms.Host), "postfleet-0.postfleet",
            "Host name or address at which other nodes reach this node; auto takes the address from which this node reaches PostgreSQL."),
        new("Cluster:Port", Number(0, 65535, "port"), "4054", "Port of the traffic between nodes; 0 takes any free port."),
        new("Cluster:Seeds:#", Text("host:port", TextForms.HostAndPort), "postfleet-0.postfleet:4053",
            "Nodes to ask first; without them, nodes find each other in their database."),
        new("Cluster:Tls:Certificate", FilePath("for traffic in the clear"), "/etc/postfleet/node.crt",
            "This node's certificate for the traffic between nodes, in PEM form."),
        new("Cluster:Tls:Key", FilePath(), "/etc/postfleet/node.key", "Its private key, in PEM form."),
        new("Cluster:Tls:Authority", FilePath(), "/etc/postfleet/cluster-ca.crt",
            "Authority that has signed the certificates of all nodes, in PEM form; no other authority is trusted."),
    ];

    /// <inheritdoc/>
    protected override IEnumerable<string> Check(ClusterSections options)
    {
        var cluster = options.Cluster;
        if (cluster.Seeds.Count > 0 && cluster.Port == 0)
            yield return "Cluster:Port is '0' and Cluster:Seeds is not empty; allowed: a port that the other nodes can know, 1 to 65535";

        if (FindUnreachable(cluster) is { } elsewhere)
        {
            yield return $"Cluster:Host is '{cluster.Host}' and Cluster:Seeds has '{elsewhere}'; " +
                "allowed: a name or address by which nodes on other machines reach this one";
        }

        var files = new[] { cluster.Tls.Certificate, cluster.Tls.Key, cluster.Tls.Authority };
        if (files.Any(file => file.Length > 0) && files.Any(file => file.Length == 0))
        {
            yield return "Cluster:Tls has some of Certificate, Key and Authority; " +
                "allowed: all three, or none for traffic in the clear";
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CheckFiles(ClusterSections options, CheckSurroundings surroundings)
    {
        // An empty key beside keys with values is the fault of another check; the files of the other keys are read in any case.
        var tls = options.Cluster.Tls;
        List<string> faults = [.. FileFaults.CheckPair("Cluster:Tls", tls.Certificate, tls.Key, surroundings)];
        if (tls.Authority.Length > 0 && FileFaults.Try(() => File.ReadAllText(surroundings.Full(tls.Authority))) is { } noAuthority)
        {
            faults.Add($"Cluster:Tls:Authority is '{tls.Authority}', which cannot be read: {noAuthority}; " +
                "allowed: a file with certificates in PEM form");
        }

        if (faults.Count > 0 || tls is not { Certificate.Length: > 0, Key.Length: > 0, Authority.Length: > 0 }) return faults;
        string[] files = [surroundings.Full(tls.Certificate), surroundings.Full(tls.Key), surroundings.Full(tls.Authority)];
        return FileFaults.TryStart(() => ClusterTls.Load(files[0], files[1], files[2])) is { } reason ? [reason] : [];
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(ClusterSections options, CheckSurroundings surroundings) =>
        ListWarnings.Repeated("Cluster:Seeds", options.Cluster.Seeds);

    /// <summary>A seed on another machine, which cannot reach this node by its loopback address; null for none.</summary>
    public static string? FindUnreachable(ClusterOptions cluster) => !IsLoopback(cluster.Host) ? null
        : cluster.Seeds.FirstOrDefault(seed => !IsLoopback(seed[..seed.LastIndexOf(':')]));

    private static bool IsLoopback(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var address)
            ? IPAddress.IsLoopback(address)
            : host == "localhost";
}

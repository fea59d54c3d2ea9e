namespace Postfleet.Cluster.Options;

/// <summary>Section <c>Cluster</c>: how nodes find each other.</summary>
public sealed record ClusterOptions
{
    /// <summary>
    /// Host name or address under which other nodes reach this node; <see cref="NodeAddress.Auto"/> for an address that is found at the
    /// start.
    /// </summary>
    public string Host { get; init; } = NodeAddress.Auto;

    /// <summary>Port of the cluster's own traffic; 0 takes any free port.</summary>
    public int Port { get; init; } = 4053;

    /// <summary>Nodes to join, as <c>host:port</c>; where the list is empty, nodes find each other in their database.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>Section <c>Cluster:Tls</c>.</summary>
    public ClusterTlsOptions Tls { get; init; } = new();
}

/// <summary>TLS with mutual certificates for the traffic between nodes; all three files, or none for traffic in the clear.</summary>
public sealed record ClusterTlsOptions
{
    /// <summary>File with this node's certificate and the intermediate certificates up to the authority, in PEM form.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>The file with the private key of the certificate, in PEM form.</summary>
    public string Key { get; init; } = "";

    /// <summary>File with the certificates of the authorities trusted for nodes of this cluster, in PEM form.</summary>
    public string Authority { get; init; } = "";
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Postfleet.Cluster.Common;
using Postfleet.Core;

namespace Postfleet.Cluster;

/// <summary>
/// Finds the address at which other nodes reach this node: the local address of a connection to the shared PostgreSQL, which all nodes
/// reach. The node calls it once, before its modules exist.
/// </summary>
public static class NodeAddress
{
    /// <summary>The value of <c>Cluster:Host</c> for an address that is found.</summary>
    public const string Auto = "auto";

    /// <summary>The address where no other machine can be reached: storage in a folder, or a database on this machine.</summary>
    public const string Loopback = "127.0.0.1";

    private const int DefaultPort = 5432;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    /// <summary>Finds the address.</summary>
    /// <param name="connectionString">The connection string of PostgreSQL. Of several hosts, the first that answers counts.</param>
    /// <param name="cancellationToken">Cancels the connections.</param>
    /// <returns>An IP address; loopback for a Unix socket and for a server on this machine.</returns>
    /// <exception cref="StartFailureException">No host accepts a connection, or the address is valid only on one link.</exception>
    public static async Task<string> FindAsync(string connectionString, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        List<string> reasons = [];
        foreach (var place in (settings.Host ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (IsSocketFile(place)) return Loopback;
            var (host, port) = Split(place, settings.Port);
            try
            {
                return Write(await ConnectAsync(host, port, cancellationToken));
            }
            catch (SocketException e)
            {
                reasons.Add($"{host}:{port}: {SocketErrors.Describe(e)}");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                reasons.Add($"{host}:{port}: no answer within {ConnectLimit.TotalSeconds:0} s");
            }
        }

        throw new StartFailureException(
            $"Cluster:Host is '{Auto}', and the address of this node is not known, because PostgreSQL cannot be reached: " +
            string.Join("; ", reasons));
    }

    /// <summary>The text of a local address.</summary>
    /// <exception cref="StartFailureException">The address is valid only on one link.</exception>
    internal static string Write(IPAddress local)
    {
        if (local.IsIPv4MappedToIPv6) local = local.MapToIPv4();
        if (IPAddress.IsLoopback(local)) return Loopback;
        return !local.IsIPv6LinkLocal ? local.ToString() : throw new StartFailureException(
            $"Cluster:Host is '{Auto}', and this node reaches PostgreSQL from {local}, which is valid only on one link; " +
            "set Cluster:Host to the address by which the other nodes reach this node");
    }

    // The second form is a socket in Linux's abstract namespace.
    private static bool IsSocketFile(string place) => place.StartsWith('/') || place.StartsWith('@');

    // host, host:port, [address]:port or an IPv6 address without a port.
    private static (string Host, int Port) Split(string place, int port)
    {
        var colon = place.LastIndexOf(':');
        var hasPort = colon > 0 && !place.EndsWith(']') && (place[0] == '[' || place.IndexOf(':', StringComparison.Ordinal) == colon);
        var own = port == 0 ? DefaultPort : port;
        return hasPort ? (place[..colon].Trim('[', ']'), int.Parse(place.AsSpan(colon + 1), CultureInfo.InvariantCulture))
            : (place.Trim('[', ']'), own);
    }

    private static async Task<IPAddress> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectLimit);
        using var client = new TcpClient();
        await client.ConnectAsync(host, port, limit.Token);
        return ((IPEndPoint)client.Client.LocalEndPoint!).Address;
    }
}

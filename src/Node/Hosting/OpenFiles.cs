using System.Globalization;
using Postfleet.Contracts;
using Postfleet.Core;
using Postfleet.Node.Options;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Divides the files that the system lets this process open (<c>ulimit -n</c>, <c>LimitNOFILE</c>) between listeners and deliveries. A
/// process that runs out can neither accept nor store nor resolve names, so that connections are limited before. The runtime has raised the
/// soft limit to the hard one when this is asked.
/// </summary>
internal static class OpenFiles
{
    /// <summary>
    /// Files of a node without connections: assemblies, storage, log, name lookups. A node with nothing to do has about 290.
    /// </summary>
    internal const int Reserve = 400;

    /// <summary>The fewest with which a node starts.</summary>
    internal const int Least = Reserve + LeastConnections + LeastDeliveries;

    private const int LeastConnections = 10;
    private const int LeastDeliveries = 20;
    private const string LinuxLimits = "/proc/self/limits";

    /// <summary>How many files may be open; null where there is no limit, or where the system does not say.</summary>
    public static int? Limit() => File.Exists(LinuxLimits) ? Parse(File.ReadAllText(LinuxLimits)) : null;

    /// <summary>Reads the soft limit out of the kernel's table.</summary>
    internal static int? Parse(string limits)
    {
        var line = limits.Split('\n').FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line?["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>What fits: the most connections of the listeners, and of deliveries.</summary>
    /// <param name="limit">Files that may be open; null for any number.</param>
    /// <param name="options">The configuration.</param>
    /// <exception cref="StartFailureException">The limit is too low for a node: it would run out before its first connection, and take mail
    /// that it cannot deliver.</exception>
    public static (int Connections, int Deliveries) Divide(int? limit, PostfleetOptions options)
    {
        var wanted = options.Node.Roles.Contains(NodeRoles.Frontend) ? options.Smtp.MaxConnections : 0;
        if (limit is not { } all) return (wanted, int.MaxValue);
        if (all < Least)
            throw new StartFailureException($"this process may open {all} files, and a node needs {Least} at least; raise the hard limit (ulimit -Hn, LimitNOFILE of systemd)");
        var left = all - Reserve;
        // Deliveries get a quarter at least: mail that is accepted and never leaves helps nobody.
        var deliveries = options.Node.Roles.Contains(NodeRoles.Delivery) ? Math.Max(LeastDeliveries, Math.Max(left / 4, left - wanted)) : 0;
        return (Math.Min(wanted, Math.Max(LeastConnections, left - deliveries)), deliveries);
    }
}

using System.Globalization;
using Postfleet.Contracts;
using Postfleet.Core;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Options;
using Postfleet.Node.Options;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Divides the limit of open files (<c>ulimit -n</c>, <c>LimitNOFILE</c>) between listeners and deliveries. A process without free files
/// can neither accept nor store mail nor resolve names, so the numbers of connections stay below the limit. The runtime has already raised
/// the soft limit to the hard limit.
/// </summary>
internal static class OpenFiles
{
    /// <summary>Files of a node without connections: assemblies, storage, log, name lookups. An idle node has about 290.</summary>
    internal const int Reserve = 400;

    /// <summary>The lowest limit with which a node starts.</summary>
    internal const int Minimum = Reserve + MinConnections + MinDeliveries;

    private const int MinConnections = 10;
    private const int MinDeliveries = 20;

    // Most connections to a host that is asked about recipients (CalloutSite).
    private const int CalloutConnections = 4;
    private const string LinuxLimits = "/proc/self/limits";

    /// <summary>The limit of open files; null without a limit, and on systems other than Linux.</summary>
    public static int? Limit() => File.Exists(LinuxLimits) ? Parse(File.ReadAllText(LinuxLimits)) : null;

    /// <summary>Parses the soft limit of <c>/proc/self/limits</c>.</summary>
    internal static int? Parse(string limits)
    {
        var line = limits.Split('\n').FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var soft = line?["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>The most connections of listeners, and of deliveries with those to next hosts of listeners.</summary>
    /// <param name="limit">The limit of open files; null without a limit.</param>
    /// <param name="options">The configuration.</param>
    /// <exception cref="StartFailureException">The limit is too low: the node could not open its first connections.</exception>
    public static (int Connections, int Deliveries) Divide(int? limit, PostfleetOptions options)
    {
        var isFrontend = options.Node.Roles.Contains(NodeRoles.Frontend);
        var wanted = isFrontend ? options.Smtp.MaxConnections : 0;
        if (limit is not { } all) return (wanted, int.MaxValue);
        var (each, shared, hooks) = isFrontend ? (FilesOfConnection(options), SharedFiles(options), FilesOfHooks(options)) : (1, 0, 0);
        var minimum = Reserve + shared + hooks + MinConnections * each + MinDeliveries;
        if (all < minimum)
            throw new StartFailureException(
                $"this process may open {all} files, and a node needs at least {minimum}; " +
                "raise the hard limit (ulimit -Hn, LimitNOFILE of systemd)");
        var left = all - Reserve - shared - hooks;
        // Deliveries get at least a quarter: otherwise accepted mail could not leave.
        var deliveries = options.Node.Roles.Contains(NodeRoles.Delivery)
            ? Math.Max(MinDeliveries, Math.Max(left / 4, left - wanted * each)) : 0;
        // Questions to next hosts and mail that is passed on use the sockets of deliveries, also where nothing else is delivered; a reload
        // may begin them.
        return (Math.Min(wanted, Math.Max(MinConnections, (left - deliveries) / each)), Math.Max(deliveries + shared, MinDeliveries));
    }

    // The files of a client's connection: its own, one for each milter on its listener, and one to Dovecot while it authenticates.
    private static int FilesOfConnection(PostfleetOptions options) => 1 + options.Listeners.Select(listener =>
        options.Filters.Count(filter => filter.Protocol == FilterProtocol.Milter && filter.StandsOn(listener))
        + (listener.Service == ListenerOptions.Submission && options.Auth.DovecotSocket.Length > 0 ? 1 : 0)).DefaultIfEmpty().Max();

    // The connections by which next hosts are asked about recipients, and by which mail is passed on to them.
    private static int SharedFiles(PostfleetOptions options) =>
        (options.Inbound.Callout ? CalloutConnections * options.Routes.Count(route => route.To.Kind == TargetKind.Smarthost) : 0)
            + options.Delivery.MaxProxyConnections * options.Routes.Count(route => route.Proxy != ProxyMode.None);

    // The connections to hooks.
    private static int FilesOfHooks(PostfleetOptions options) =>
        options.Filters.Sum(filter => filter.Protocol == FilterProtocol.Hooks ? filter.MaxConnections : 0);
}

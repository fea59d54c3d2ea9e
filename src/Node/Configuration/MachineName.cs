using System.Net;
using System.Net.Sockets;

namespace Postfleet.Node.Configuration;

/// <summary>The name of the machine, for nodes that were given none.</summary>
internal static class MachineName
{
    // A resolver that is down must not hold up the start.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The machine's full name as its resolver has it, else its short name, else <c>localhost</c>; a valid domain name always.</summary>
    public static string Find() => FirstName(FullName, Dns.GetHostName);

    /// <summary>The first of some names that is a domain name, else <c>localhost</c>.</summary>
    internal static string FirstName(params Func<string?>[] sources) =>
        sources.Select(source => source() is { } name ? TextForms.EmptyOrName(name) : null).FirstOrDefault(name => !string.IsNullOrEmpty(name)) ?? "localhost";

    private static string? FullName()
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            return Dns.GetHostEntryAsync(Dns.GetHostName(), AddressFamily.Unspecified, patience.Token).GetAwaiter().GetResult().HostName;
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            // A machine that its resolver does not know has only its short name.
            return null;
        }
    }
}

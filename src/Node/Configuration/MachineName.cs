using System.Net.Sockets;
using Postfleet.Configuration;

namespace Postfleet.Node.Configuration;

/// <summary>The name of the machine, the default of <c>Node:Hostname</c>.</summary>
internal static class MachineName
{
    /// <summary>
    /// The machine's full name from the resolver, or its short name, or <c>localhost</c>. The result is always a valid domain name.
    /// </summary>
    public static string Find() => FirstName(FullName, System.Net.Dns.GetHostName);

    /// <summary>The first valid domain name, or <c>localhost</c>.</summary>
    internal static string FirstName(params Func<string?>[] sources) =>
        sources.Select(source => TextForms.EmptyOrName(source() ?? "")).FirstOrDefault(name => !string.IsNullOrEmpty(name)) ?? "localhost";

    private static string? FullName()
    {
        try
        {
            return System.Net.Dns.GetHostEntry(System.Net.Dns.GetHostName()).HostName;
        }
        catch (SocketException)
        {
            // A machine unknown to its resolver only has its short name.
            return null;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Postfleet.Configuration;

namespace Postfleet.Node.Configuration;

/// <summary>The name of the machine, for nodes that were given none.</summary>
internal static class MachineName
{
    /// <summary>
    /// The machine's full name as its resolver has it, else its short name, else <c>localhost</c>; a valid domain name always.
    /// </summary>
    public static string Find() => FirstName(FullName, Dns.GetHostName);

    /// <summary>The first of some names that is a domain name, else <c>localhost</c>.</summary>
    internal static string FirstName(params Func<string?>[] sources) =>
        sources.Select(source => TextForms.EmptyOrName(source() ?? "")).FirstOrDefault(name => !string.IsNullOrEmpty(name)) ?? "localhost";

    private static string? FullName()
    {
        try
        {
            return Dns.GetHostEntry(Dns.GetHostName()).HostName;
        }
        catch (SocketException)
        {
            // A machine that its resolver does not know has only its short name.
            return null;
        }
    }
}

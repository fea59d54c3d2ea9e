using System.Net;
using System.Net.Sockets;
using Postfleet.Configuration;

namespace Postfleet.Delivery.Options;

/// <summary>
/// The local addresses of outgoing connections: none, one, or one of each family with a comma between them in the configuration.
/// </summary>
/// <param name="V4">The IPv4 address; null if there is none.</param>
/// <param name="V6">The IPv6 address; null if there is none.</param>
public readonly record struct SourceAddresses(IPAddress? V4, IPAddress? V6)
{
    /// <summary>Whether the system chooses the address.</summary>
    public bool IsEmpty => V4 is null && V6 is null;

    /// <summary>The addresses, IPv4 first.</summary>
    public IEnumerable<IPAddress> All => new[] { V4, V6 }.OfType<IPAddress>();

    /// <summary>The addresses named by a text; null if the text is of another form.</summary>
    public static SourceAddresses? TryParse(string text)
    {
        var sources = default(SourceAddresses);
        if (text.Length == 0) return sources;
        foreach (var part in text.Split(','))
        {
            if (TextForms.Address(part.Trim()) is not { } address || !TextForms.IsOfOneMachine(address)) return null;
            var isV4 = address.AddressFamily == AddressFamily.InterNetwork;
            if ((isV4 ? sources.V4 : sources.V6) is not null) return null;
            sources = isV4 ? sources with { V4 = address } : sources with { V6 = address };
        }

        return sources;
    }

    /// <summary>Reads a text accepted by the rule of the key.</summary>
    /// <exception cref="FormatException">The text is of another form.</exception>
    public static SourceAddresses Parse(string text) => TryParse(text) ?? throw new FormatException($"'{text}' are no source addresses");

    /// <summary>The text of the addresses in the configuration.</summary>
    public override string ToString() => string.Join(", ", All);
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Core.Greylisting;

/// <summary>
/// The keys by which greylisting knows mail: 16 octets of a hash each, so that a row is short and holds no address. The network of the
/// client counts, a /24 of IPv4 or a /64 of IPv6, since large senders retry from other addresses; of the sender the domain counts, since
/// many senders have another local part in each message.
/// </summary>
/// <param name="Key">The key of network, sender domain and recipient.</param>
/// <param name="Sender">The key of network and sender domain.</param>
public readonly record struct GreylistTriplet(Guid Key, Guid Sender)
{
    private const int NetworkOctets4 = 3;
    private const int NetworkOctets6 = 8;
    private const int BoundOctets6 = 6;
    private const int KeyOctets = 16;

    /// <summary>
    /// The network whose rows are bounded together, by a hash: a /24 of IPv4, or a /48 of IPv6, since a stranger may have a whole /48.
    /// </summary>
    public long Network { get; init; }

    /// <summary>The keys of a recipient of a client.</summary>
    /// <param name="client">The address of the client.</param>
    /// <param name="sender">The reverse-path; null for the null reverse-path.</param>
    /// <param name="recipient">The recipient. The case of the local part is ignored, as mailbox hosts do.</param>
    public static GreylistTriplet Of(IPAddress client, Mailbox? sender, Mailbox recipient)
    {
        if (client.IsIPv4MappedToIPv6) client = client.MapToIPv4();
        var octets = client.GetAddressBytes();
        var is4 = client.AddressFamily == AddressFamily.InterNetwork;
        var text = $"{Convert.ToHexString(octets.AsSpan(0, is4 ? NetworkOctets4 : NetworkOctets6))} {sender?.Domain.Value}";
        // No domain has a space, and no hash of a sender is that of a triplet.
        return new GreylistTriplet(KeyOf($"{text} {recipient.Address.ToLowerInvariant()}"), KeyOf(text))
        {
            Network = BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(octets.AsSpan(0, is4 ? NetworkOctets4 : BoundOctets6))),
        };
    }

    private static Guid KeyOf(string text) => new(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, KeyOctets), bigEndian: true);
}

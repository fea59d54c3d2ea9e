using System.Net;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Rates;

/// <summary>Something that takes a unit of a window.</summary>
/// <param name="Window">The window.</param>
/// <param name="Text">Whose count it is: an address, a network, a domain or a recipient.</param>
/// <param name="Key">The key of the count: a hash of the window and the text.</param>
internal readonly record struct RateUse(RateWindow Window, string Text, Guid Key)
{
    private const int KeyOctets = 16;

    /// <summary>The use of a window by a client; null where the rule does not apply, as to the null sender.</summary>
    /// <param name="window">The window.</param>
    /// <param name="client">The address of the client.</param>
    /// <param name="sender">The reverse-path; null for none.</param>
    /// <param name="recipient">The recipient; null for none. The case and the quotes of the local part are ignored.</param>
    public static RateUse? Of(RateWindow window, IPAddress client, Mailbox? sender, Mailbox? recipient) =>
        TextOf(window.Rule.By, client, sender, recipient) is { } text ? new RateUse(window, text, KeyOf(window, text)) : null;

    private static string? TextOf(RateSubject by, IPAddress client, Mailbox? sender, Mailbox? recipient) => by switch
    {
        RateSubject.Sender => sender?.Domain.Value,
        RateSubject.Recipient => recipient is null ? null : AddressKey.Of(recipient),
        RateSubject.Network => ClientKeys.NetworkText(client),
        _ => ClientKeys.AddressText(client),
    };

    private static Guid KeyOf(RateWindow window, string text) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes(window.Name + text)).AsSpan(0, KeyOctets), bigEndian: true);
}

using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Notifications;

/// <summary>How a message can stand in a DSN.</summary>
internal enum ReturnedKind
{
    /// <summary>Its header alone, encoded where it has to be.</summary>
    HeaderOnly,

    /// <summary>Whole, and the DSN is 7-bit.</summary>
    SevenBit,

    /// <summary>Whole, and the DSN is 8-bit for it.</summary>
    EightBit,
}

/// <summary>
/// Says whether a message can be returned whole. It stands there as it is, since <c>message/rfc822</c> must not be encoded. So its lines
/// must fit, it must have no NUL and no bare CR or LF, and its header must be ASCII: other headers are for hosts with SMTPUTF8 alone
/// (RFC 6532), and a DSN may pass through hosts without SMTPUTF8.
/// </summary>
internal static class ReturnedMessage
{
    private const int MaxLine = 998;

    public static ReturnedKind Judge(MessageContent content)
    {
        var octets = content.ToMemory().Span;
        var kind = ReturnedKind.SevenBit;
        var isHeader = true;
        while (!octets.IsEmpty)
        {
            var end = octets.IndexOf("\r\n"u8);
            var line = end < 0 ? octets : octets[..end];
            if (line.Length > MaxLine || line.ContainsAny((byte)0, (byte)'\r', (byte)'\n')) return ReturnedKind.HeaderOnly;
            isHeader &= !line.IsEmpty;
            if (!System.Text.Ascii.IsValid(line))
            {
                if (isHeader) return ReturnedKind.HeaderOnly;
                kind = ReturnedKind.EightBit;
            }

            octets = end < 0 ? [] : octets[(end + 2)..];
        }

        return kind;
    }
}

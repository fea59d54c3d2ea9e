using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.Notifications;

/// <summary>The form in which a DSN returns a message.</summary>
internal enum ReturnedKind
{
    /// <summary>Only the header, encoded if necessary.</summary>
    HeaderOnly,

    /// <summary>The whole message, in a 7-bit DSN.</summary>
    SevenBit,

    /// <summary>The whole message, in an 8-bit DSN.</summary>
    EightBit,
}

/// <summary>
/// Decides whether a message can be returned whole. It is returned unchanged, since <c>message/rfc822</c> must not be encoded. So its lines
/// must fit, it must have no NUL and no bare CR or LF, and its header must be ASCII: other headers require SMTPUTF8 (RFC 6532), and a DSN
/// may pass through hosts without SMTPUTF8.
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

using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Separates the header from the body where a line that belongs to no field ends the header (<see cref="HeaderLine"/>): an empty line is
/// inserted, as Postfix and Exim do. Otherwise readers that skip the line would see fields that the checks here did not see. Pure.
/// </summary>
internal static class BrokenHeader
{
    // A line that mbox files have before a message. Postfix makes it this field.
    private static ReadOnlySpan<byte> MailboxLine => "Mailbox-Line: "u8;

    private static ReadOnlySpan<byte> EmptyLine => "\r\n"u8;

    /// <summary>Mends a content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="traceLength">The length of this host's trace header at its begin.</param>
    /// <param name="scan">The scan of its header, made anew where the content changes.</param>
    /// <returns>The content; the same object if nothing changes.</returns>
    public static MessageContent Mend(MessageContent content, int traceLength, ref HeaderScan scan)
    {
        // Behind the line of an mbox there may be one more.
        while (scan.BrokenAt is { } at)
        {
            var isMailbox = at == traceLength && IsMailboxLine(content, at);
            var pieces = new ContentPieces();
            pieces.Add(content.Octets.Slice(0, at));
            pieces.Add((isMailbox ? MailboxLine : EmptyLine).ToArray());
            pieces.Add(content.Octets.Slice(at));
            content = pieces.Build();
            scan = HeaderScan.Read(content.Octets, traceLength);
        }

        return content;
    }

    private static bool IsMailboxLine(MessageContent content, long at)
    {
        var reader = new System.Buffers.SequenceReader<byte>(content.Octets.Slice(at));
        reader.AdvancePast((byte)'>');
        return reader.IsNext("From "u8);
    }
}

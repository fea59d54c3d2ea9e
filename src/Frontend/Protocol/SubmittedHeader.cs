using System.Buffers;
using System.Globalization;
using System.Text;
using MimeKit;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// The header of a submitted message: completes it as a submission server may (RFC 6409 section 8), and checks its authors. Date, From
/// and Message-ID are added where they are missing, and Bcc is removed (RFC 5322 section 3.6.3). Nothing else changes: long lines and
/// unusual fields stay as they are. Pure.
/// </summary>
internal sealed class SubmittedHeader
{
    // Longest From or Sender field. Hundreds of authors fit; a longer field is no author list of a person or a program.
    private const int MaxAuthors = 16 * 1024;

    // Longest name of a field that matters.
    private const int MaxName = 10;

    // A message has one such field at most (RFC 5322 section 3.6); some programs repeat it for each recipient. Each takes memory and time.
    private const int MaxBlindCopies = 1000;

    // White space and control characters that some readers skip between the name of a field and its colon.
    private static readonly byte[] Skipped = [.. Enumerable.Range(1, ' ').Select(octet => (byte)octet)];

    private readonly List<HeaderField> _blindCopies = [];
    private readonly List<HeaderField> _authors = [];
    private int _fromFields;
    private int _senderFields;
    private bool _hasDate;
    private bool _hasMessageId;

    private SubmittedHeader()
    {
    }

    /// <summary>Reads a header, up to the first empty line.</summary>
    /// <param name="content">The content.</param>
    public static SubmittedHeader Read(ReadOnlySequence<byte> content)
    {
        var header = new SubmittedHeader();
        var reader = new SequenceReader<byte>(content);
        List<HeaderField>? open = null;
        for (var start = 0L; reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8); start = reader.Consumed)
        {
            if (line.IsEmpty) break;
            if (line.FirstSpan[0] is (byte)' ' or (byte)'\t')
            {
                if (open is not null) open[^1] = open[^1] with { Length = reader.Consumed - open[^1].Start };
                continue;
            }

            open = header.ListOf(line);
            open?.Add(new HeaderField(start, reader.Consumed - start));
            if (header.HasTooManyFields) break;
        }

        return header;
    }

    /// <summary>Whether a field is repeated more often than in any message; the rest of the header was not read.</summary>
    public bool HasTooManyFields => _blindCopies.Count > MaxBlindCopies || _authors.Count > MaxBlindCopies;

    /// <summary>Why the authors of the message are refused, as a reply; null if the user may write in their names.</summary>
    /// <param name="content">The content that was read.</param>
    /// <param name="reversePath">The reverse-path, which becomes From where there is none; null for the null reverse-path.</param>
    /// <param name="maySend">Whether the user may send from an address.</param>
    public string? Refusal(ReadOnlySequence<byte> content, Mailbox? reversePath, Func<Mailbox, bool> maySend)
    {
        // Readers would show an author of Reply-To, or of no address that was checked.
        if (_fromFields == 0 && reversePath is null) return "550 5.6.0 A message with the null reverse-path needs a From field";
        // Readers differ in which of several fields they show (RFC 5322 section 3.6 allows one).
        if (_fromFields > 1 || _senderFields > 1) return "550 5.6.0 From and Sender must not be repeated";
        foreach (var field in _authors)
        {
            if (field.Length > MaxAuthors) return "550 5.6.0 From or Sender is too long";
            var text = content.Slice(field.Start, field.Length).ToArray();
            var colon = Array.IndexOf(text, (byte)':') + 1;
            if (!InternetAddressList.TryParse(text, colon, text.Length - colon, out var list) || !list.Mailboxes.Any())
                return "550 5.6.0 From or Sender has no valid address";
            foreach (var author in list.Mailboxes)
            {
                if (!Mailbox.TryParse(author.Address, out var mailbox)) return "550 5.6.0 From or Sender has no valid address";
                if (!maySend(mailbox)) return "550 5.7.1 The user may not send with this address in From or Sender";
            }
        }

        return null;
    }

    /// <summary>The completed content.</summary>
    /// <param name="content">The content that was read.</param>
    /// <param name="traceLength">The length of this host's trace header at its begin; fields are added behind it.</param>
    /// <param name="reversePath">The reverse-path, for From; null for none.</param>
    /// <param name="id">The id of the message, for Message-ID.</param>
    /// <param name="hostname">The name of this host, for Message-ID.</param>
    /// <param name="now">The time, for Date.</param>
    public MessageContent Complete(
        MessageContent content, int traceLength, Mailbox? reversePath, MessageId id, string hostname, DateTimeOffset now)
    {
        var added = new StringBuilder();
        if (!_hasDate)
            added.Append(CultureInfo.InvariantCulture, $"Date: {now.ToUniversalTime():ddd, d MMM yyyy HH:mm:ss} +0000\r\n");
        if (_fromFields == 0 && reversePath is not null) added.Append(CultureInfo.InvariantCulture, $"From: <{reversePath.Address}>\r\n");
        if (!_hasMessageId) added.Append(CultureInfo.InvariantCulture, $"Message-ID: <{id}@{hostname}>\r\n");
        if (added.Length == 0 && _blindCopies.Count == 0) return content;
        var pieces = new ContentPieces();
        pieces.Add(content.Octets.Slice(0, traceLength));
        pieces.Add(Encoding.UTF8.GetBytes(added.ToString()));
        long next = traceLength;
        foreach (var field in _blindCopies)
        {
            pieces.Add(content.Octets.Slice(next, field.Start - next));
            next = field.Start + field.Length;
        }

        pieces.Add(content.Octets.Slice(next));
        return pieces.Build();
    }

    // The list to which the lines of a field belong; null for a field that is only counted, or of no interest.
    private List<HeaderField>? ListOf(ReadOnlySequence<byte> line)
    {
        Span<byte> begin = stackalloc byte[(int)Math.Min(MaxName + 1, line.Length)];
        line.Slice(0, begin.Length).CopyTo(begin);
        var end = begin.IndexOfAnyInRange((byte)0, (byte)' ');
        if (end < 0) end = begin.Length;
        if (begin[..end].IndexOf((byte)':') is >= 0 and var colon) end = colon;
        if (end is 0 or > MaxName) return null;
        var name = begin[..end];
        // White space before the colon is obsolete and accepted (RFC 5322 section 4.5), as much as there is. A name that ends its line is
        // one too: some readers join folded lines before they look for the colon.
        var rest = new SequenceReader<byte>(line.Slice(end));
        rest.AdvancePastAny(Skipped);
        if (rest.TryPeek(out var next) && next != ':') return null;
        if (Ascii.EqualsIgnoreCase(name, "date"u8)) _hasDate = true;
        if (Ascii.EqualsIgnoreCase(name, "message-id"u8)) _hasMessageId = true;
        if (Ascii.EqualsIgnoreCase(name, "bcc"u8)) return _blindCopies;
        if (Ascii.EqualsIgnoreCase(name, "from"u8))
        {
            _fromFields++;
            return _authors;
        }

        if (!Ascii.EqualsIgnoreCase(name, "sender"u8)) return null;
        _senderFields++;
        return _authors;
    }
}

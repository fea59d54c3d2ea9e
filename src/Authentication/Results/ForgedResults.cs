using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Results;

/// <summary>
/// Removes Authentication-Results fields that claim to be from this service (RFC 8601 section 5): somebody else wrote them, and readers
/// behind this service would believe them. Fields without a readable authserv-id are removed as well, because readers differ in what they
/// see in them. Pure; the content is not copied.
/// </summary>
public static class ForgedResults
{
    /// <summary>The greatest number of places from which fields are removed; adjacent fields are one place.</summary>
    public const int MaxPlaces = 10_000;

    // An authserv-id stands in the first octets of a genuine field.
    private const int MaxHead = 8 * 1024;

    // No token has these characters (RFC 2045 section 5.1).
    private const string TokenEnds = "()<>@,;:\\\"/[]?=";

    private static ReadOnlySpan<byte> Name => "authentication-results"u8;

    /// <summary>Removes the fields from a content.</summary>
    /// <param name="content">Header and body.</param>
    /// <param name="service">The authserv-id of this service. Case, a trailing dot and the form of labels in Unicode do not matter.</param>
    /// <param name="removed">The number of fields that were removed.</param>
    /// <returns>
    /// The content without the fields; the same object if there are none; null if there are more places than <see cref="MaxPlaces"/>, in
    /// which case the message should be refused.
    /// </returns>
    public static MessageContent? Remove(MessageContent content, string service, out int removed)
    {
        var places = new List<(long Start, long End)>();
        removed = 0;
        var reader = new SequenceReader<byte>(content.Octets);
        while (true)
        {
            // A slice by offsets would begin its search at the first segment for each field.
            var (start, position) = (reader.Consumed, reader.Position);
            if (!SkipField(ref reader)) break;
            var field = content.Octets.Slice(position, reader.Position);
            if (!IsResults(field) || !IsForged(field, service)) continue;
            removed++;
            if (places.Count > 0 && places[^1].End == start) places[^1] = (places[^1].Start, reader.Consumed);
            else if (places.Count == MaxPlaces) return null;
            else places.Add((start, reader.Consumed));
        }

        if (removed == 0) return content;
        var pieces = new ContentPieces();
        var next = 0L;
        var rest = content.Octets;
        foreach (var (start, end) in places)
        {
            pieces.Add(rest.Slice(0, start - next));
            rest = rest.Slice(end - next);
            next = end;
        }

        pieces.Add(rest);
        return pieces.Build();
    }

    // Moves behind the next field with its continuation lines; false at the end of the header.
    private static bool SkipField(ref SequenceReader<byte> reader)
    {
        if (reader.End || reader.IsNext((byte)'\n') || reader.IsNext("\r\n"u8)) return false;
        do
        {
            if (!reader.TryAdvanceTo((byte)'\n')) reader.AdvanceToEnd();
        }
        while (reader.TryPeek(out var next) && next is (byte)' ' or (byte)'\t');

        return true;
    }

    // White space and control characters may stand before the colon; some readers skip them. A line end among them is one too: readers that
    // unfold first find the colon in a continuation line.
    private static bool IsResults(ReadOnlySequence<byte> field)
    {
        var reader = new SequenceReader<byte>(field);
        foreach (var octet in Name)
        {
            if (!reader.TryRead(out var next) || (next | 0x20) != octet && next != octet) return false;
        }

        while (reader.TryRead(out var next))
        {
            if (next == ':') return true;
            if (next > ' ') return false;
        }

        return true;
    }

    private static bool IsForged(ReadOnlySequence<byte> field, string service)
    {
        var head = Encoding.UTF8.GetString(field.Slice(0, Math.Min(field.Length, MaxHead)));
        var lexer = new ResultLexer(head.AsSpan(Math.Max(head.IndexOf(':', StringComparison.Ordinal), 0)));
        if (!lexer.Skip(':') || lexer.Word(TokenEnds) is not { Length: > 0 } name) return true;
        var hasSpace = lexer.Next is <= ' ' or '(';
        lexer.SkipSpace();
        // A version may stand between the name and the first semicolon.
        if (hasSpace && char.IsAsciiDigit(lexer.Next)) lexer.Word(TokenEnds);
        return !(lexer.Skip(';') || lexer.IsAtEnd && field.Length <= MaxHead) || IsSame(name, service);
    }

    private static bool IsSame(string name, string service) => name.Equals(service, StringComparison.OrdinalIgnoreCase)
        || (DomainName.TryParse(name, out var found) && DomainName.TryParse(service, out var own) && found == own);
}

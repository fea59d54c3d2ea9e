using System.Text;

namespace Postfleet.Testing;

/// <summary>A message stored by another mail server, converted back to CRLF line ends.</summary>
/// <param name="Octets">The whole message.</param>
public sealed record StoredMail(byte[] Octets)
{
    // Fields that relaying and storing servers add above the message.
    private static readonly string[] TraceFields = ["Received", "Return-Path", "Envelope-To", "X-Original-To", "Delivered-To"];

    /// <summary>The whole message, one character for each octet.</summary>
    public string Text => Encoding.Latin1.GetString(Octets);

    /// <summary>Reads the new messages of a maildir with a given value of a field.</summary>
    /// <param name="folder">The maildir.</param>
    /// <param name="field">The name of the field that has the recipient.</param>
    /// <param name="recipient">The recipient.</param>
    internal static IReadOnlyList<StoredMail> Find(string folder, string field, string recipient)
    {
        var box = Path.Combine(folder, "new");
        if (!Directory.Exists(box))
        {
            return [];
        }

        var all = Directory.EnumerateFiles(box).Select(file => new StoredMail(WithCrlf(File.ReadAllBytes(file))));
        return [.. all.Where(mail => string.Equals(MessageContent.Header(mail.Octets, field), recipient, StringComparison.Ordinal))];
    }

    /// <summary>The fields that servers have added above a message, one for each line.</summary>
    /// <param name="sent">The message as it was sent.</param>
    /// <exception cref="InvalidDataException">The message below the fields differs from the sent message, or another field was
    /// added.</exception>
    public IReadOnlyList<string> TraceAbove(ReadOnlySpan<byte> sent)
    {
        if (!Octets.AsSpan().EndsWith(sent))
        {
            throw new InvalidDataException(
                $"the message is not as it was sent ({sent.Length} octets):\n{Text[..Math.Min(Text.Length, 4000)]}");
        }

        var above = Text[..(Octets.Length - sent.Length)];
        var fields = above.Replace("\r\n\t", " ", StringComparison.Ordinal).Replace("\r\n ", " ", StringComparison.Ordinal)
            .Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return fields.FirstOrDefault(field => !TraceFields.Contains(field.Split(':')[0], StringComparer.OrdinalIgnoreCase)) is { } odd
            ? throw new InvalidDataException($"'{odd}' stands above the message:\n{above}")
            : fields;
    }

    private static byte[] WithCrlf(byte[] octets) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(octets).Replace("\r\n", "\n", StringComparison.Ordinal)
            .Replace("\n", "\r\n", StringComparison.Ordinal));
}

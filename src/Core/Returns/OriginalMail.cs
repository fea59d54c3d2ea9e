namespace Postfleet.Core.Returns;

/// <summary>What a report repeats of the message that it is about. Each value is empty if the report lacks it; none is validated.</summary>
/// <param name="MessageId">The value of Message-ID without its angle brackets.</param>
/// <param name="ReturnPath">The address to which the message was to be returned.</param>
/// <param name="EnvelopeId">The envelope id of its sender (RFC 3464 section 2.2.1).</param>
public sealed record OriginalMail(string MessageId, string ReturnPath, string EnvelopeId)
{
    /// <summary>The longest value that is kept, in characters: a line of a message (RFC 5322 section 2.1.1).</summary>
    public const int MaxValue = 998;

    /// <summary>A report that repeats nothing.</summary>
    public static OriginalMail None { get; } = new("", "", "");

    /// <summary>Reads the header of the returned message.</summary>
    internal static OriginalMail Read(ReportFields header, string envelopeId = "") => new(
        Unbracketed(header["Message-ID"]), Unbracketed(header["Return-Path"]), Bounded(envelopeId));

    /// <summary>A value without what stands around angle brackets.</summary>
    internal static string Unbracketed(string value)
    {
        var start = value.IndexOf('<', StringComparison.Ordinal) + 1;
        var length = value.AsSpan(start).IndexOf('>');
        return Bounded((start > 0 && length >= 0 ? value.Substring(start, length) : value).Trim());
    }

    private static string Bounded(string value) => value.Length <= MaxValue ? value : value[..MaxValue];
}

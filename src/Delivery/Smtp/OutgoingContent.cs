using System.Buffers;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Mime;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Smtp;

/// <summary>The content of a message for one host: unchanged, or converted while it is sent.</summary>
internal sealed class OutgoingContent
{
    private static readonly SmtpReply NeedsEightBit =
        new(554, new EnhancedStatus(5, 6, 3), "the message has 8-bit content and the remote host does not offer 8BITMIME");

    private static readonly SmtpReply NotConverted =
        new(554, new EnhancedStatus(5, 6, 3),
            "the message has 8-bit content that cannot be converted, and the remote host does not offer 8BITMIME");

    private static readonly SmtpReply TooLong =
        new(554, new EnhancedStatus(5, 6, 0), $"the message has a line of more than {LongLines.Max} octets, which hosts need not accept");

    private static readonly SmtpReply TooLarge =
        new(552, new EnhancedStatus(5, 3, 4), "the message exceeds the maximum size of the remote host");

    private readonly ReadOnlyMemory<byte> _whole;
    private readonly ConversionNeeds _needs;
    private readonly bool _keepsSigned;

    private OutgoingContent(ReadOnlySequence<byte> original, bool isEightBit)
    {
        (Original, Length, IsEightBit) = (original, original.Length, isEightBit);
    }

    private OutgoingContent(ReadOnlyMemory<byte> whole, long length, bool isEightBit, ConversionNeeds needs, bool keepsSigned)
    {
        (_whole, Length, IsEightBit, _needs, _keepsSigned) = (whole, length, isEightBit, needs, keepsSigned);
    }

    /// <summary>The length in octets, for SIZE.</summary>
    public long Length { get; }

    /// <summary>Whether MAIL declares BODY=8BITMIME.</summary>
    public bool IsEightBit { get; }

    /// <summary>Whether the content differs from the stored content.</summary>
    public bool IsConverted => _needs != default;

    /// <summary>The stored content, if it is not converted.</summary>
    public ReadOnlySequence<byte> Original { get; }

    /// <summary>The converted content, generated anew by each enumeration. A piece is valid until the next piece is requested.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Converted() => new MimeConverter(_whole, _needs, _keepsSigned).Pieces();

    /// <summary>Content received by the host unchanged.</summary>
    /// <param name="octets">The stored content.</param>
    /// <param name="isEightBit">Whether MAIL declares BODY=8BITMIME.</param>
    public static OutgoingContent Unchanged(ReadOnlySequence<byte> octets, bool isEightBit = false) => new(octets, isEightBit);

    /// <summary>The content for a host, or a reply of class 5 if the host cannot receive it.</summary>
    public static (OutgoingContent? Content, SmtpReply? Refusal) For(SpooledPart part, Capabilities host, ContentRules rules)
    {
        var (content, refusal) = Adapt(part, host, rules);
        return content is not null && host.MaxSize > 0 && content.Length > host.MaxSize ? (null, TooLarge) : (content, refusal);
    }

    private static (OutgoingContent? Content, SmtpReply? Refusal) Adapt(SpooledPart part, Capabilities host, ContentRules rules)
    {
        // A host with SMTPUTF8 accepts 8-bit content (RFC 6531 section 3.1).
        var takesEightBit = host.HasEightBitMime || host.HasSmtpUtf8;
        var isEightBit = part.Message.HasEightBitContent;
        var needsSevenBit = isEightBit && !takesEightBit && rules.EightBit != ContentRule.Send;
        var isLong = rules.LongLines != ContentRule.Send && LongLines.Any(part.Content.Octets);
        var unchanged = Unchanged(part.Content.Octets, isEightBit && host.HasEightBitMime);
        if (!needsSevenBit && !isLong) return (unchanged, null);
        if (needsSevenBit && rules.EightBit == ContentRule.Refuse) return (null, NeedsEightBit);
        if (isLong && rules.LongLines == ContentRule.Refuse) return (null, TooLong);
        var content = part.Content.ToMemory();
        var isSigned = IsAuto(rules, needsSevenBit, isLong) && AuthorSignature.IsPresent(content.Span);
        var needs = new ConversionNeeds(
            needsSevenBit && !(isSigned && rules.EightBit == ContentRule.Auto), isLong
                && !(isSigned && rules.LongLines == ContentRule.Auto));
        if (needs == default) return (unchanged, null);
        var keepsSigned = (!needs.SevenBit || rules.EightBit == ContentRule.Auto)
            && (!needs.ShortLines || rules.LongLines == ContentRule.Auto);
        var (length, obstacle) = MimeConverter.Measure(content, needs, keepsSigned);
        if (obstacle == Obstacle.None) return (new OutgoingContent(content, length, unchanged.IsEightBit, needs, keepsSigned), null);
        return needs.SevenBit && obstacle != Obstacle.Signed ? (null, NotConverted) : (unchanged, null);
    }

    private static bool IsAuto(ContentRules rules, bool isEightBit, bool isLong) =>
        (isEightBit && rules.EightBit == ContentRule.Auto) || (isLong && rules.LongLines == ContentRule.Auto);
}

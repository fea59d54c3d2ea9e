using System.Buffers;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Mime;
using Postfleet.Delivery.Routing;
using Postfleet.Spool;

namespace Postfleet.Delivery.Smtp;

/// <summary>The content of a message as one host gets it: as it came, or converted while it is sent.</summary>
internal sealed class OutgoingContent
{
    private static readonly SmtpReply NeedsEightBit =
        new(554, new EnhancedStatus(5, 6, 3), "the message has 8-bit content and the remote host does not offer 8BITMIME");

    private static readonly SmtpReply NotConverted =
        new(554, new EnhancedStatus(5, 6, 3),
            "the message has 8-bit content that cannot be converted, and the remote host does not offer 8BITMIME");

    private static readonly SmtpReply TooLong =
        new(554, new EnhancedStatus(5, 6, 0), $"the message has a line of more than {LongLines.Max} octets, which no host need take");

    private static readonly SmtpReply TooLarge =
        new(552, new EnhancedStatus(5, 3, 4), "the message is larger than the remote host takes");

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

    /// <summary>Its length in octets, for SIZE.</summary>
    public long Length { get; }

    /// <summary>Whether it is declared as BODY=8BITMIME.</summary>
    public bool IsEightBit { get; }

    /// <summary>Whether the host gets other octets than we did.</summary>
    public bool IsConverted => _needs != default;

    /// <summary>The content as it came, where it is not converted.</summary>
    public ReadOnlySequence<byte> Original { get; }

    /// <summary>The converted content, made anew while it is read. Each piece holds until the next one is asked for.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Converted() => new MimeConverter(_whole, _needs, _keepsSigned).Pieces();

    /// <summary>Content that the host gets as it came.</summary>
    /// <param name="octets">The content.</param>
    /// <param name="isEightBit">Whether it is declared as BODY=8BITMIME.</param>
    public static OutgoingContent AsItCame(ReadOnlySequence<byte> octets, bool isEightBit = false) => new(octets, isEightBit);

    /// <summary>The content for a host; a reply of class 5 where it cannot be sent there.</summary>
    public static (OutgoingContent? Content, SmtpReply? Refusal) For(SpooledPart part, Capabilities host, ContentRules rules)
    {
        var (content, refusal) = Adapt(part, host, rules);
        return content is not null && host.MaxSize > 0 && content.Length > host.MaxSize ? (null, TooLarge) : (content, refusal);
    }

    private static (OutgoingContent? Content, SmtpReply? Refusal) Adapt(SpooledPart part, Capabilities host, ContentRules rules)
    {
        // Who offers SMTPUTF8 takes 8 bits (RFC 6531 section 3.1).
        var takesEightBit = host.HasEightBitMime || host.HasSmtpUtf8;
        var isEightBit = part.Message.HasEightBitContent;
        var isTooWide = isEightBit && !takesEightBit && rules.EightBit != ContentRule.Send;
        var isLong = rules.LongLines != ContentRule.Send && LongLines.Any(part.Content.Octets);
        var plain = AsItCame(part.Content.Octets, isEightBit && host.HasEightBitMime);
        if (!isTooWide && !isLong) return (plain, null);
        if (isTooWide && rules.EightBit == ContentRule.Refuse) return (null, NeedsEightBit);
        if (isLong && rules.LongLines == ContentRule.Refuse) return (null, TooLong);
        var content = part.Content.ToMemory();
        var isSigned = IsAuto(rules, isTooWide, isLong) && AuthorSignature.Is(content.Span);
        var needs = new ConversionNeeds(
            isTooWide && !(isSigned && rules.EightBit == ContentRule.Auto), isLong && !(isSigned && rules.LongLines == ContentRule.Auto));
        if (needs == default) return (plain, null);
        var keepsSigned = (!needs.SevenBit || rules.EightBit == ContentRule.Auto)
            && (!needs.ShortLines || rules.LongLines == ContentRule.Auto);
        var (length, obstacle) = MimeConverter.Measure(content, needs, keepsSigned);
        if (obstacle == Obstacle.None) return (new OutgoingContent(content, length, plain.IsEightBit, needs, keepsSigned), null);
        return needs.SevenBit && obstacle != Obstacle.Signed ? (null, NotConverted) : (plain, null);
    }

    private static bool IsAuto(ContentRules rules, bool isEightBit, bool isLong) =>
        (isEightBit && rules.EightBit == ContentRule.Auto) || (isLong && rules.LongLines == ContentRule.Auto);
}

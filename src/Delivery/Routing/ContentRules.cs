using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>The configured treatment of content.</summary>
/// <param name="EightBit">For octets above 127, at hosts without 8BITMIME (RFC 6152).</param>
/// <param name="LongLines">For lines longer than 998 octets (RFC 5321 section 4.5.3.1.6).</param>
internal readonly record struct ContentRules(ContentRule EightBit, ContentRule LongLines)
{
    /// <summary>The rule of an egress if set, otherwise the rule of all delivery.</summary>
    public static ContentRule Choose(ContentRule own, ContentRule common) => own == ContentRule.Inherit ? common : own;
}

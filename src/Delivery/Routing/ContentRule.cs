namespace Postfleet.Delivery.Routing;

/// <summary>How content is treated that a host may not be able to receive.</summary>
internal enum ContentRule
{
    /// <summary>Convert, except content signed by its author's domain, which is sent unchanged.</summary>
    Auto,

    /// <summary>Convert, even if the conversion breaks a signature.</summary>
    Convert,

    /// <summary>Return the message to its sender.</summary>
    Refuse,

    /// <summary>Send unchanged.</summary>
    Send,
}

/// <summary>The configured treatment of content.</summary>
/// <param name="EightBit">For octets above 127, at hosts without 8BITMIME (RFC 6152).</param>
/// <param name="LongLines">For lines longer than 998 octets (RFC 5321 section 4.5.3.1.6).</param>
internal readonly record struct ContentRules(ContentRule EightBit, ContentRule LongLines)
{
    /// <summary>The rule of an egress if it has one, otherwise the rule of all delivery.</summary>
    /// <param name="own">The egress's setting: the name of a rule, or <c>inherit</c>.</param>
    /// <param name="common">The name of the rule of all delivery.</param>
    public static ContentRule Read(string own, string common) => Enum.Parse<ContentRule>(own == "inherit" ? common : own, ignoreCase: true);
}

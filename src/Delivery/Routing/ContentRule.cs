namespace Postfleet.Delivery.Routing;

/// <summary>What is done with content that a host may not be able to take.</summary>
internal enum ContentRule
{
    /// <summary>It is converted, unless it is signed by its author: then it is sent as it is.</summary>
    Auto,

    /// <summary>It is converted, also where a signature does not survive.</summary>
    Convert,

    /// <summary>It is returned to its sender.</summary>
    Refuse,

    /// <summary>It is sent as it is.</summary>
    Send,
}

/// <summary>What is done with the content of messages, by the configuration.</summary>
/// <param name="EightBit">With octets above 127, for hosts without 8BITMIME (RFC 6152).</param>
/// <param name="LongLines">With lines above 998 octets (RFC 5321 section 4.5.3.1.6).</param>
internal readonly record struct ContentRules(ContentRule EightBit, ContentRule LongLines)
{
    /// <summary>The rule of a way out where it has one, else that of all delivery.</summary>
    /// <param name="own">The way out's: a rule's name, or <c>inherit</c>.</param>
    /// <param name="common">The name of the rule of all delivery.</param>
    public static ContentRule Read(string own, string common) => Enum.Parse<ContentRule>(own == "inherit" ? common : own, ignoreCase: true);
}

namespace Postfleet.Authentication.Sasl;

/// <summary>The mechanisms of SASL that this server knows.</summary>
public static class SaslMechanisms
{
    /// <summary>
    /// The most octets of a decoded response: as many as fit into a line of 12,288 octets in Base64 (RFC 4954 section 4).
    /// </summary>
    public const int MaxResponse = 12_288 / 4 * 3;

    /// <summary>The names of all mechanisms, the strongest first.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN", "CRAM-MD5",
    ];

    /// <summary>Begins an exchange.</summary>
    /// <param name="mechanism">The name of the mechanism, in any case.</param>
    /// <param name="channel">The connection.</param>
    /// <returns>
    /// The exchange; null for an unknown mechanism, and for a mechanism with channel binding if the channel has none or none is on offer.
    /// </returns>
    public static SaslExchange? Begin(string mechanism, SaslChannel channel)
    {
        var hasBinding = channel.OffersPlus && !channel.EndPointBinding.IsEmpty;
        return mechanism.ToUpperInvariant() switch
        {
            "SCRAM-SHA-256-PLUS" when hasBinding => new ScramExchange("SCRAM-SHA-256-PLUS", ScramAlgorithm.Sha256, true, channel),
            "SCRAM-SHA-1-PLUS" when hasBinding => new ScramExchange("SCRAM-SHA-1-PLUS", ScramAlgorithm.Sha1, true, channel),
            "SCRAM-SHA-256" => new ScramExchange("SCRAM-SHA-256", ScramAlgorithm.Sha256, false, channel),
            "SCRAM-SHA-1" => new ScramExchange("SCRAM-SHA-1", ScramAlgorithm.Sha1, false, channel),
            "OAUTHBEARER" => new BearerExchange(true, channel),
            "XOAUTH2" => new BearerExchange(false, channel),
            "PLAIN" => new PlainExchange(channel),
            "LOGIN" => new LoginExchange(channel),
            "CRAM-MD5" => new CramMd5Exchange(channel),
            _ => null,
        };
    }
}

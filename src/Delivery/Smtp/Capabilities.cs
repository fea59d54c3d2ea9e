using System.Globalization;

namespace Postfleet.Delivery.Smtp;

/// <summary>The extensions in a peer's reply to EHLO, limited to the extensions used by Postfleet.</summary>
internal readonly record struct Capabilities
{
    /// <summary>The maximum number of AUTH mechanisms read from a reply; known hosts offer fewer.</summary>
    private const int MaxMechanisms = 32;

    /// <summary>RFC 2920.</summary>
    public bool HasPipelining { get; init; }

    /// <summary>RFC 6152.</summary>
    public bool HasEightBitMime { get; init; }

    /// <summary>RFC 1870.</summary>
    public bool HasSize { get; init; }

    /// <summary>The largest message accepted by the peer, in octets; 0 for no limit.</summary>
    public long MaxSize { get; init; }

    /// <summary>RFC 3461.</summary>
    public bool HasDsn { get; init; }

    /// <summary>RFC 3207.</summary>
    public bool HasStartTls { get; init; }

    /// <summary>RFC 6531.</summary>
    public bool HasSmtpUtf8 { get; init; }

    /// <summary>RFC 8689.</summary>
    public bool HasRequireTls { get; init; }

    /// <summary>RFC 6710.</summary>
    public bool HasPriority { get; init; }

    /// <summary>RFC 2852.</summary>
    public bool HasDeliverBy { get; init; }

    /// <summary>The least time for a delivery of mode R that the peer accepts, in seconds; 0 for none.</summary>
    public int MinDeliverBy { get; init; }

    /// <summary>The maximum number of transactions in a session (RFC 9422, MAILMAX); 0 for no limit.</summary>
    public int MaxTransactions { get; init; }

    /// <summary>The maximum number of recipients in a transaction (RFC 9422, RCPTMAX); 0 for no limit.</summary>
    public int MaxRecipients { get; init; }

    /// <summary>The maximum number of recipient domains in a session (RFC 9422, RCPTDOMAINMAX); 0 for no limit.</summary>
    public int MaxDomains { get; init; }

    /// <summary>AUTH mechanisms in upper case (RFC 4954); null if AUTH is not offered.</summary>
    public IReadOnlyList<string>? Mechanisms { get; init; }

    /// <summary>Parses the lines after the first line of a reply to EHLO.</summary>
    public static Capabilities Parse(RawReply reply)
    {
        var capabilities = default(Capabilities);
        foreach (var line in reply.Lines.Skip(1))
        {
            var words = line.ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 0) continue;
            capabilities = words[0] switch
            {
                "PIPELINING" => capabilities with { HasPipelining = true },
                "8BITMIME" => capabilities with { HasEightBitMime = true },
                "SIZE" => capabilities with { HasSize = true, MaxSize = words.Length > 1 ? ParseSize(words[1]) : 0 },
                "DSN" => capabilities with { HasDsn = true },
                "STARTTLS" => capabilities with { HasStartTls = true },
                "SMTPUTF8" => capabilities with { HasSmtpUtf8 = true },
                "REQUIRETLS" => capabilities with { HasRequireTls = true },
                "MT-PRIORITY" => capabilities with { HasPriority = true },
                "DELIVERBY" => capabilities with { HasDeliverBy = true, MinDeliverBy = words.Length > 1 ? ParseMinimum(words[1]) : 0 },
                "AUTH" => capabilities with { Mechanisms = words[1..Math.Min(words.Length, MaxMechanisms)] },
                "LIMITS" => capabilities with
                {
                    MaxTransactions = ParseLimit(words, "MAILMAX="),
                    MaxRecipients = ParseLimit(words, "RCPTMAX="),
                    MaxDomains = ParseLimit(words, "RCPTDOMAINMAX="),
                },
                _ => capabilities,
            };
        }

        return capabilities;
    }

    private static long ParseSize(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;

    // RFC 2852 section 2: up to nine digits. A value that cannot be read says nothing.
    private static int ParseMinimum(string text) =>
        text.Length <= 9 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;

    // RFC 9422 section 3: an unparsable value sets no limit.
    private static int ParseLimit(string[] words, string name) =>
        Array.Find(words, word => word.StartsWith(name, StringComparison.Ordinal)) is { } word
            && int.TryParse(word.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : 0;
}

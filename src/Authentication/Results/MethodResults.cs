using System.Net;

namespace Postfleet.Authentication.Results;

/// <summary>
/// Results of methods in the words and with the properties that are registered for them (RFC 8601 section 2.7, RFC 6008).
/// </summary>
public static class MethodResults
{
    /// <summary>A message without DKIM signatures.</summary>
    public static MethodResult NoDkim { get; } = new("dkim", "none");

    /// <summary>An SPF result, with the identity that was checked.</summary>
    /// <param name="result">The result in the words of RFC 8601 section 2.7.2.</param>
    /// <param name="mailFrom">The reverse-path, or its domain; null if the HELO name was checked.</param>
    /// <param name="helo">The HELO name; null if the reverse-path was checked.</param>
    /// <param name="reason">The reason; empty for none.</param>
    public static MethodResult Spf(string result, string? mailFrom, string? helo, string reason = "") => new("spf", result)
    {
        Reason = reason,
        Properties =
        [
            .. mailFrom is null ? [] : new[] { new MethodProperty("smtp", "mailfrom", mailFrom) },
            .. helo is null ? [] : new[] { new MethodProperty("smtp", "helo", helo) },
        ],
    };

    /// <summary>A DMARC result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="author">The domain of From; null if there is no single one.</param>
    /// <param name="policy">The policy that applies, for example <c>p=reject</c>, as a comment; empty for none.</param>
    /// <param name="reason">The reason; empty for none.</param>
    public static MethodResult Dmarc(string result, string? author, string policy, string reason = "") => new("dmarc", result)
    {
        Comment = policy,
        Reason = reason,
        Properties = author is null ? [] : [new MethodProperty("header", "from", author)],
    };

    /// <summary>An SMTP client that authenticated (RFC 4954).</summary>
    /// <param name="user">The name of the user.</param>
    public static MethodResult Auth(string user) =>
        new("auth", "pass") { Properties = [new MethodProperty("smtp", "auth", user)] };

    /// <summary>A check of the reverse name of the client (RFC 8601 section 3).</summary>
    /// <param name="result">The result.</param>
    /// <param name="address">The address of the client.</param>
    /// <param name="name">The name that was found, as a comment; empty for none.</param>
    public static MethodResult ReverseName(string result, IPAddress address, string name) => new("iprev", result)
    {
        Comment = name,
        Properties = [new MethodProperty("policy", "iprev", address.ToString())],
    };
}

using System.Text;

namespace Postfleet.Authentication.Spf;

/// <summary>Writes the header field <c>Received-SPF</c> (RFC 7208 section 9.1).</summary>
public static class ReceivedSpf
{
    private const int MaxValue = 320;

    /// <summary>The header field with its final CRLF, folded, in ASCII; no line is longer than 998 octets.</summary>
    public static string Write(SpfOutcome outcome, SpfRequest request)
    {
        var client = (request.Client.IsIPv4MappedToIPv6 ? request.Client.MapToIPv4() : request.Client).ToString();
        var identity = outcome.Identity == SpfIdentity.Helo ? "helo" : "mailfrom";
        var sender = request.ReversePath.Length > 0 ? request.ReversePath : $"postmaster@{request.Helo}";
        var field = new StringBuilder($"Received-SPF: {Word(outcome.Result)} ({Comment(request.Receiver)}: {Explain(outcome, client)})");
        Add(field, "receiver", request.Receiver);
        Add(field, "identity", identity);
        Add(field, "client-ip", client);
        Add(field, "envelope-from", sender);
        Add(field, "helo", request.Helo);
        if (outcome.Mechanism is { } mechanism) Add(field, "mechanism", mechanism);
        if (outcome.Problem is { } problem) Add(field, "problem", problem);
        return field.Append("\r\n").ToString();
    }

    /// <summary>The word of a result, as in <c>Received-SPF</c> and <c>Authentication-Results</c>.</summary>
    public static string Word(SpfResult result) => result switch
    {
        SpfResult.Neutral => "neutral",
        SpfResult.Pass => "pass",
        SpfResult.Fail => "fail",
        SpfResult.SoftFail => "softfail",
        SpfResult.TempError => "temperror",
        SpfResult.PermError => "permerror",
        _ => "none",
    };

    private static string Explain(SpfOutcome outcome, string client)
    {
        var domain = $"domain of {Comment(outcome.Domain)}";
        return outcome.Result switch
        {
            SpfResult.Pass => $"{domain} designates {client} as permitted sender",
            SpfResult.Fail => $"{domain} does not designate {client} as permitted sender",
            SpfResult.SoftFail => $"{domain} probably does not designate {client} as permitted sender",
            SpfResult.Neutral => $"{domain} says nothing about {client}",
            SpfResult.TempError => $"temporary error in the check of {Comment(outcome.Domain)}",
            SpfResult.PermError => $"permanent error in the check of {Comment(outcome.Domain)}",
            _ => $"{domain} publishes no usable record",
        };
    }

    // Each pair is a folded line. Values are dot-atoms or quoted strings.
    private static void Add(StringBuilder field, string key, string value)
    {
        var text = SpfText.Clean(value, MaxValue);
        field.Append(field[^1] == ')' ? "\r\n\t" : ";\r\n\t").Append(key).Append('=');
        if (IsDotAtom(text)) field.Append(text);
        else field.Append('"').Append(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))
            .Append('"');
    }

    // RFC 5322 section 3.2.3.
    private static bool IsDotAtom(string text) => text.Length > 0 && text.Split('.').All(
        atom => atom.Length > 0
            && atom.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".Contains(c, StringComparison.Ordinal)));

    private static string Comment(string text) =>
        string.Concat(SpfText.Clean(text, MaxValue).Select(c => c is '(' or ')' or '\\' ? '?' : c));
}

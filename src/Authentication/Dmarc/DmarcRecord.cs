using System.Collections.Immutable;

namespace Postfleet.Authentication.Dmarc;

/// <summary>Whether a domain says that it is a public suffix domain (tag <c>psd</c>).</summary>
public enum DmarcPublicSuffix
{
    /// <summary>The domain says nothing.</summary>
    Unknown,

    /// <summary>It is a public suffix domain.</summary>
    Yes,

    /// <summary>It is the organizational domain of itself and of its subdomains.</summary>
    No,
}

/// <summary>
/// A policy record (RFC 9989 sections 4.7 and 4.8). Wrong values of tags are replaced by their defaults, unknown tags are ignored, and of a
/// repeated tag the first is used.
/// </summary>
public sealed record DmarcRecord
{
    /// <summary>The maximum number of addresses read from <c>rua</c> and from <c>ruf</c>.</summary>
    public const int MaxAddresses = 20;

    /// <summary>The maximum length of a record in octets; a longer one is no record.</summary>
    public const int MaxLength = 8192;

    private static readonly char[] Space = [' ', '\t'];

    /// <summary>The record as it was read.</summary>
    public string Text { get; private init; } = "";

    /// <summary>Tag <c>p</c>; null if it is missing or wrong.</summary>
    public DmarcPolicy? Policy { get; private init; }

    /// <summary>Tag <c>sp</c>, for subdomains; null if it is missing or wrong.</summary>
    public DmarcPolicy? SubdomainPolicy { get; private init; }

    /// <summary>Tag <c>np</c>, for subdomains that do not exist; null if it is missing or wrong.</summary>
    public DmarcPolicy? NonexistentPolicy { get; private init; }

    /// <summary>Whether <c>p</c> is missing or wrong, or <c>sp</c> or <c>np</c> is wrong (RFC 9989 section 4.10.1).</summary>
    public bool HasWrongPolicy { get; private init; }

    /// <summary>Tag <c>adkim</c>: whether the domain of a signature must equal the author domain.</summary>
    public bool IsDkimStrict { get; private init; }

    /// <summary>Tag <c>aspf</c>: whether the domain of the reverse-path must equal the author domain.</summary>
    public bool IsSpfStrict { get; private init; }

    /// <summary>Tag <c>t</c>: whether the domain is testing its policy.</summary>
    public bool IsTesting { get; private init; }

    /// <summary>Tag <c>psd</c>.</summary>
    public DmarcPublicSuffix PublicSuffix { get; private init; }

    /// <summary>Tag <c>rua</c>: the URIs to which aggregate reports go, without the obsolete sizes.</summary>
    public ImmutableArray<string> AggregateReports { get; private init; } = [];

    /// <summary>Tag <c>ruf</c>: the URIs to which failure reports go, without the obsolete sizes.</summary>
    public ImmutableArray<string> FailureReports { get; private init; } = [];

    /// <summary>Tag <c>fo</c>: when failure reports are wanted, as published.</summary>
    public string FailureOptions { get; private init; } = "0";

    /// <summary>Reads a TXT record; null if it is no policy record of this version.</summary>
    public static DmarcRecord? Parse(string text)
    {
        if (text.Length > MaxLength) return null;
        var tags = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in text.Split(';'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? "" : part[..equals].Trim(Space);
            // RFC 9989 section 4.7: the version comes first, and its value is case-sensitive.
            if (tags.Count == 0)
            {
                if (!name.Equals("v", StringComparison.OrdinalIgnoreCase) || part[(equals + 1)..].Trim(Space) != "DMARC1") return null;
                if (char.IsWhiteSpace(part[0])) return null;
            }

            if (name.Length > 0) tags.TryAdd(name, part[(equals + 1)..].Trim(Space));
        }

        var (policy, subdomain, nonexistent) = (ReadPolicy(tags, "p"), ReadPolicy(tags, "sp"), ReadPolicy(tags, "np"));
        return new DmarcRecord
        {
            Text = text,
            Policy = policy,
            SubdomainPolicy = subdomain,
            NonexistentPolicy = nonexistent,
            HasWrongPolicy = policy is null || (subdomain is null && tags.ContainsKey("sp"))
                || (nonexistent is null && tags.ContainsKey("np")),
            IsDkimStrict = Is(tags, "adkim", "s"),
            IsSpfStrict = Is(tags, "aspf", "s"),
            IsTesting = Is(tags, "t", "y"),
            PublicSuffix = Is(tags, "psd", "y") ? DmarcPublicSuffix.Yes : Is(tags, "psd", "n") ? DmarcPublicSuffix.No : default,
            AggregateReports = ReadAddresses(tags, "rua"),
            FailureReports = ReadAddresses(tags, "ruf"),
            FailureOptions = ReadFailureOptions(tags),
        };
    }

    private static bool Is(Dictionary<string, string> tags, string name, string value) =>
        tags.TryGetValue(name, out var text) && text.Equals(value, StringComparison.OrdinalIgnoreCase);

    private static DmarcPolicy? ReadPolicy(Dictionary<string, string> tags, string name) =>
        tags.GetValueOrDefault(name)?.ToLowerInvariant() switch
        {
            "none" => DmarcPolicy.None,
            "quarantine" => DmarcPolicy.Quarantine,
            "reject" => DmarcPolicy.Reject,
            _ => null,
        };

    private static ImmutableArray<string> ReadAddresses(Dictionary<string, string> tags, string name)
    {
        if (!tags.TryGetValue(name, out var list)) return [];
        var found = ImmutableArray.CreateBuilder<string>();
        foreach (var item in list.Split(','))
        {
            // The obsolete maximum size follows an exclamation mark, which URIs encode.
            var address = item.Split('!')[0].Trim(Space);
            if (address.AsSpan().ContainsAnyExceptInRange('!', '~') || !Uri.TryCreate(address, UriKind.Absolute, out var uri)) continue;
            // A path is an absolute URI for the platform.
            if (!address.StartsWith(uri.Scheme + ":", StringComparison.OrdinalIgnoreCase) || address.Length == uri.Scheme.Length + 1)
                continue;
            found.Add(address);
            if (found.Count == MaxAddresses) break;
        }

        return found.ToImmutable();
    }

    // RFC 9989 section 4.8, dmarc-fo. 0 and 1 exclude each other.
    private static string ReadFailureOptions(Dictionary<string, string> tags)
    {
        if (!tags.TryGetValue("fo", out var text) || text.Length > 5) return "0";
        var options = text.ToLowerInvariant().Split(':');
        var isValid = options.All(option => option is "0" or "1" or "d" or "s") && options.Distinct().Count() == options.Length
            && !(options.Contains("0") && options.Contains("1"));
        return isValid ? string.Join(':', options) : "0";
    }
}

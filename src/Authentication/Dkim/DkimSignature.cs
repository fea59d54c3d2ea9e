using System.Collections.Immutable;
using System.Globalization;
using Postfleet.Authentication.Messages;
using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Dkim;

/// <summary>
/// The tags of a signature (RFC 6376 section 3.5; RFC 8617 section 4.1). A signature with an error keeps the tags that were read before it,
/// so that its result can name them. Pure.
/// </summary>
internal sealed class DkimSignature
{
    /// <summary>The greatest number of names in <c>h=</c>.</summary>
    public const int MaxSignedFields = 512;

    /// <summary>The greatest instance of an ARC set (RFC 8617 section 4.2.1).</summary>
    public const int MaxInstance = 50;

    private const int HashLength = 32;

    private DkimSignature(HeaderField field) => Field = field;

    /// <summary>The header field.</summary>
    public HeaderField Field { get; }

    /// <summary>What is wrong with the signature; null for a valid one.</summary>
    public string? Error { get; private set; }

    public string? AlgorithmName { get; private set; }

    public DkimAlgorithm Algorithm { get; private set; }

    public DomainName? Domain { get; private set; }

    /// <summary>The selector in lower case and A-labels.</summary>
    public string? Selector { get; private set; }

    /// <summary>The name of the key record.</summary>
    public string KeyName { get; private set; } = "";

    public string? Identity { get; private set; }

    /// <summary>Whether the domain of the identity is a subdomain of the signing domain.</summary>
    public bool IsIdentityInSubdomain { get; private set; }

    /// <summary>The names of <c>h=</c>, without the empty ones, which sign nothing.</summary>
    public ImmutableArray<string> SignedFields { get; private set; } = [];

    public Canonicalization HeaderForm { get; private set; }

    public Canonicalization BodyForm { get; private set; }

    /// <summary>The length of the signed part of the body, or <see cref="BodyHash.Whole"/>.</summary>
    public long BodyLimit { get; private set; } = Dkim.BodyHash.Whole;

    public byte[] BodyHash { get; private set; } = [];

    public byte[] Signature { get; private set; } = [];

    public string? SignatureText { get; private set; }

    /// <summary>The offsets of the value of <c>b=</c> in the value of the field.</summary>
    public (int Start, int End) SignatureRange { get; private set; }

    /// <summary>When the signature expires, in seconds of Unix time; null for never.</summary>
    public long? Expires { get; private set; }

    /// <summary>The instance of an ARC set; 0 if unreadable or no ARC field.</summary>
    public int Instance { get; private set; }

    /// <summary>The value of <c>cv=</c>; null for other fields than ARC-Seal.</summary>
    public string? ChainStatus { get; private set; }

    /// <summary>Reads the signature of a field.</summary>
    public static DkimSignature Read(MessageHeader header, HeaderField field, SignatureKind kind)
    {
        var signature = new DkimSignature(field);
        signature.Error = TagList.TryParse(header.Value(field), out var tags, out var invalid)
            ? signature.Read(tags, kind)
            : $"invalid signature: {invalid}";
        return signature;
    }

    private string? Read(TagList tags, SignatureKind kind)
    {
        if (kind == SignatureKind.Dkim)
        {
            if (tags["v"] != "1") return "signature of an unknown version";
        }
        else if (!TryReadInstance(tags["i"]))
        {
            return "invalid instance";
        }

        return ReadKey(tags) ?? ReadTimes(tags) ?? kind switch
        {
            SignatureKind.Dkim => ReadIdentity(tags) ?? ReadQuery(tags["q"]) ?? ReadMessage(tags, kind) ?? CheckAuthor(),
            SignatureKind.ArcMessage => ReadMessage(tags, kind) ?? CheckSeals(),
            _ => ReadSeal(tags),
        };
    }

    private bool TryReadInstance(string? text)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var instance)) return false;
        if (instance is < 1 or > MaxInstance) return false;
        Instance = instance;
        return true;
    }

    // The tags that all kinds have.
    private string? ReadKey(TagList tags)
    {
        AlgorithmName = tags["a"];
        if (DomainName.TryParse(tags["d"], out var domain) && !domain.IsAddressLiteral) Domain = domain;
        if (DomainName.TryParse(tags["s"], out var selector) && !selector.IsAddressLiteral) Selector = selector.Value;
        if (tags.Find("b") is { } found)
        {
            SignatureRange = (found.Start, found.End);
            SignatureText = TagValues.WithoutSpace(found.Value);
            Signature = TagList.Base64(found.Value) ?? [];
        }

        if (Domain is null) return "invalid domain";
        if (Selector is null) return "invalid selector";
        KeyName = $"{Selector}._domainkey.{Domain}";
        if (KeyName.Length > DomainName.MaxLength) return "name of the key too long";
        if (Signature.Length == 0) return "no signature in base64";
        switch (AlgorithmName)
        {
            case "rsa-sha256":
                Algorithm = DkimAlgorithm.RsaSha256;
                return null;
            case "ed25519-sha256":
                Algorithm = DkimAlgorithm.Ed25519Sha256;
                return null;
            case "rsa-sha1":
                return "rsa-sha1 not acceptable";
            default:
                return "unknown algorithm";
        }
    }

    private string? ReadTimes(TagList tags)
    {
        long? signed = null;
        if (tags["t"] is { } time)
        {
            if (!TagValues.TryReadTime(time, out var seconds)) return "invalid time";
            signed = seconds;
        }

        if (tags["x"] is { } end)
        {
            if (!TagValues.TryReadTime(end, out var seconds)) return "invalid time of expiry";
            if (seconds <= signed) return "expires before it was made";
            Expires = seconds;
        }

        return null;
    }

    private string? ReadIdentity(TagList tags)
    {
        if (tags["i"] is not { } text)
        {
            Identity = $"@{Domain}";
            return null;
        }

        // The local part is in a quoted-printable form without line ends (RFC 6376 section 2.11), and may be empty.
        var at = text.LastIndexOf('@');
        if (at < 0 || !DomainName.TryParse(text[(at + 1)..], out var domain) || domain.IsAddressLiteral) return "invalid identity";
        Identity = $"{TagValues.WithoutSpace(text[..at])}@{domain}";
        if (domain == Domain) return null;
        IsIdentityInSubdomain = true;
        return domain.Value.EndsWith($".{Domain}", StringComparison.Ordinal) ? null : "identity outside of the signing domain";
    }

    private static string? ReadQuery(string? methods) =>
        methods is null || methods.Split(':', StringSplitOptions.TrimEntries).Contains("dns/txt") ? null : "unknown way to the key";

    // The tags that cover the message: of DKIM-Signature and ARC-Message-Signature.
    private string? ReadMessage(TagList tags, SignatureKind kind)
    {
        if (tags["c"] is { } forms)
        {
            if (!TagValues.TryReadForms(forms, out var header, out var body)) return "unknown canonicalization";
            (HeaderForm, BodyForm) = (header, body);
        }
        else if (kind == SignatureKind.ArcMessage)
        {
            // RFC 8617 has no default of its own. The public test suite and dkimpy take this one, and DKIM's would be simple.
            HeaderForm = BodyForm = Canonicalization.Relaxed;
        }

        if (TagList.Base64(tags["bh"] ?? "") is not { Length: HashLength } hash) return "no body hash of SHA-256";
        BodyHash = hash;
        if (tags["l"] is { } limit)
        {
            if (limit.Length is 0 or > 76 || limit.AsSpan().ContainsAnyExceptInRange('0', '9')) return "invalid length of the body";
            // No body is as long as the numbers that do not fit.
            BodyLimit = long.TryParse(limit, CultureInfo.InvariantCulture, out var octets) ? octets : long.MaxValue - 1;
        }

        if (tags["h"] is not { } names) return "no list of signed fields";
        var all = names.Split(':', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (all.Length > MaxSignedFields) return "too many signed fields";
        SignedFields = [.. all];
        return null;
    }

    private string? CheckAuthor() => Signs("From") ? null : "From not signed";

    // RFC 8617 section 4.1.2.
    private string? CheckSeals() => Signs("ARC-Seal") ? "ARC-Seal signed by ARC-Message-Signature" : null;

    private string? ReadSeal(TagList tags)
    {
        // RFC 8617 section 4.1.3.
        if (tags["h"] is not null) return "signed fields in ARC-Seal";
        ChainStatus = tags["cv"];
        HeaderForm = Canonicalization.Relaxed;
        return ChainStatus is "none" or "pass" or "fail" ? null : "invalid chain status";
    }

    private bool Signs(string name) => SignedFields.Any(signed => signed.Equals(name, StringComparison.OrdinalIgnoreCase));
}

using System.Collections.Immutable;
using System.Globalization;
using Postfleet.Authentication.Results;
using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Dkim;

/// <summary>The result for one DKIM-Signature field.</summary>
/// <param name="Status">The result.</param>
/// <param name="Reason">Why, in words; empty for a pass.</param>
public sealed record DkimResult(DkimStatus Status, string Reason)
{
    /// <summary>The signing domain (<c>d=</c>); null if unreadable.</summary>
    public DomainName? Domain { get; init; }

    /// <summary>The selector (<c>s=</c>); null if unreadable.</summary>
    public string? Selector { get; init; }

    /// <summary>The agent or user (<c>i=</c>), as written or by its default; null if unreadable.</summary>
    public string? Identity { get; init; }

    /// <summary>The algorithm as written (<c>a=</c>), also an unknown one; null if absent.</summary>
    public string? Algorithm { get; init; }

    /// <summary>The size of the key in bits; 0 if no key was used.</summary>
    public int KeyBits { get; init; }

    /// <summary>
    /// The beginning of the signature in base64, which tells signatures of a message apart (RFC 6008); null if unreadable.
    /// </summary>
    public string? SignatureStart { get; init; }

    /// <summary>
    /// Whether the domain only tests DKIM (<c>t=y</c>). A message with such a signature is to be treated like one without (RFC 6376
    /// section 3.6.1).
    /// </summary>
    public bool IsTesting { get; init; }

    /// <summary>Whether <c>l=</c> leaves a part of the body unsigned, which anybody may have added (RFC 6376 section 8.2).</summary>
    public bool HasUnsignedBody { get; init; }

    /// <summary>The result as it stands in an Authentication-Results field (RFC 8601 section 2.7.1, RFC 6008).</summary>
    public MethodResult ToMethodResult()
    {
        var properties = ImmutableArray.CreateBuilder<MethodProperty>();
        Add("d", Domain?.Value);
        Add("i", Identity);
        Add("s", Selector);
        Add("a", Algorithm);
        Add("b", SignatureStart);
        var comments = new List<string>();
        if (KeyBits > 0) comments.Add($"{KeyBits.ToString(CultureInfo.InvariantCulture)}-bit key");
        if (IsTesting) comments.Add("testing");
        if (HasUnsignedBody) comments.Add("end of the body not signed");
        var word = Status switch
        {
            DkimStatus.Pass => "pass",
            DkimStatus.Fail => "fail",
            DkimStatus.TempError => "temperror",
            _ => "permerror",
        };
        return new MethodResult("dkim", word)
        {
            Comment = string.Join(", ", comments),
            Reason = Reason,
            Properties = properties.ToImmutable(),
        };

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value)) properties.Add(new MethodProperty("header", name, value));
        }
    }
}

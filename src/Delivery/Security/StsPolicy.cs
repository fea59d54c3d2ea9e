using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Security;

/// <summary>The modes of a policy (RFC 8461 section 5).</summary>
internal enum StsMode
{
    /// <summary>The domain has no policy any more.</summary>
    None,

    /// <summary>Failures are reported, and mail is sent all the same.</summary>
    Testing,

    /// <summary>Mail is sent only to hosts that match and prove their names.</summary>
    Enforce,
}

/// <summary>The policy of a domain about the TLS of its mail hosts (RFC 8461 section 3.2). Immutable.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="MaxAge">How long the policy is valid after the fetch; at most a year.</param>
/// <param name="Patterns">
/// The patterns of mail hosts in lower-case A-labels: a name, or <c>*.</c> and a name, whose asterisk stands for one label. At least one
/// unless the mode is <see cref="StsMode.None"/>, at most <see cref="StsPolicyParser.MaxPatterns"/>.
/// </param>
internal sealed record StsPolicy(StsMode Mode, TimeSpan MaxAge, ImmutableArray<string> Patterns)
{
    /// <summary>Whether a mail host matches a pattern (RFC 8461 section 4.1).</summary>
    /// <param name="host">The name in the MX record, in any case, in A-labels or U-labels.</param>
    public bool Allows(string host)
    {
        if (!DomainName.TryParse(host, out var domain) || domain.IsAddressLiteral) return false;
        var name = domain.Value;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        foreach (var pattern in Patterns)
        {
            if (pattern == name) return true;
            if (dot > 0 && pattern.StartsWith("*.", StringComparison.Ordinal) && pattern.AsSpan(1).SequenceEqual(name.AsSpan(dot)))
                return true;
        }

        return false;
    }

    /// <summary>The policy in the form in which it is stored, which the parser reads.</summary>
    public string Write()
    {
        var text = new StringBuilder("version: STSv1\nmode: ").Append(WordOf(Mode)).Append('\n');
        foreach (var pattern in Patterns) text.Append("mx: ").Append(pattern).Append('\n');
        return text.Append(CultureInfo.InvariantCulture, $"max_age: {(long)MaxAge.TotalSeconds}\n").ToString();
    }

    /// <summary>The word of a mode in a policy.</summary>
    public static string WordOf(StsMode mode) => mode switch
    {
        StsMode.Enforce => "enforce",
        StsMode.Testing => "testing",
        _ => "none",
    };
}

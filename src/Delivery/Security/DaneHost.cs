using System.Collections.Immutable;
using Postfleet.Dns;

namespace Postfleet.Delivery.Security;

/// <summary>What TLSA records demand of a mail host.</summary>
internal enum DaneState
{
    /// <summary>Nothing: there are no records, or the zone of the host is not signed.</summary>
    None,

    /// <summary>TLS with any certificate: no record can be used (RFC 7672 section 2.2).</summary>
    Encrypt,

    /// <summary>TLS with a certificate that a record vouches for.</summary>
    Authenticate,

    /// <summary>No mail is sent to the host: records cannot be looked up, or their signatures are wrong (RFC 7672 section 2.1.1).</summary>
    Unknown,
}

/// <summary>The TLSA records of a mail host of a domain. Immutable.</summary>
/// <param name="State">What they demand.</param>
/// <param name="Base">The name below which the records are (RFC 7672 section 2.2.2), and the name of the host for SNI.</param>
/// <param name="Names">The names of which a certificate must have one where a record is for an authority (section 3.2.2).</param>
/// <param name="Usable">The records that are used.</param>
/// <param name="Published">All records, for reports.</param>
/// <param name="Problem">Why the records are unknown; otherwise empty.</param>
internal sealed record DaneHost(
    DaneState State, string Base, ImmutableArray<string> Names, TlsaSet Usable, ImmutableArray<TlsaAssociation> Published, string Problem)
{
    /// <summary>A host without records.</summary>
    public static DaneHost None { get; } = new(DaneState.None, "", [], TlsaSet.Of([]), [], "");

    /// <summary>A host whose records are not known.</summary>
    public static DaneHost Unknown(string problem) => None with { State = DaneState.Unknown, Problem = problem };

    /// <summary>A host with records.</summary>
    public static DaneHost With(string name, ImmutableArray<string> names, ImmutableArray<TlsaAssociation> published)
    {
        var usable = TlsaSet.Of(published);
        return new(usable.IsUsable ? DaneState.Authenticate : DaneState.Encrypt, name, names, usable, published, "");
    }
}

/// <summary>A domain whose MX records are signed, or could not be looked up. Immutable.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Hosts">Its mail hosts.</param>
/// <param name="Problem">Why the mail hosts are unknown; otherwise null.</param>
/// <param name="Ttl">How long the answer may be used.</param>
internal sealed record DaneDomain(string Domain, ImmutableArray<string> Hosts, string? Problem, TimeSpan Ttl);

using System.Net.Sockets;
using Postfleet.Core.Mail;
using Postfleet.Dns;

namespace Postfleet.Authentication.Dmarc;

/// <summary>Evaluates the author domains of one message. Used by one caller at a time.</summary>
internal sealed class DmarcCheck(IDnsLookup dns, DmarcRequest request)
{
    /// <summary>The maximum number of domains of signatures that are compared.</summary>
    private const int MaxSignatures = 10;

    private readonly DmarcTreeWalk _walk = new(dns);
    private readonly Dictionary<string, string> _organizations = [];
    private readonly string? _spf = request.Spf is { IsPass: true } spf ? Normalize(spf.Domain) : null;
    private readonly List<string> _dkim =
        [.. request.Dkim.Where(signature => signature.IsPass).Select(signature => Normalize(signature.Domain))
        .OfType<string>().Distinct().Take(MaxSignatures)];

    // The first name whose lookup failed in the comparison of domains.
    private string? _failed;

    /// <summary>The outcome for an author domain.</summary>
    public async ValueTask<DmarcOutcome> EvaluateAsync(DomainName author, CancellationToken cancellation)
    {
        var domain = author.Value;
        if (author.IsAddressLiteral) return new DmarcOutcome(domain, DmarcResult.None, "the author domain is an address");
        var (own, isFailed) = await _walk.FindAsync(domain, cancellation);
        if (isFailed) return Failed(domain, domain);
        if (own is not null) return await ApplyAsync(domain, domain, own, null, cancellation);
        var tree = await _walk.WalkAsync(domain, cancellation);
        if (tree.FailedName is { } failed) return Failed(domain, failed);
        var organization = _organizations[domain] = tree.OrganizationalDomain;
        // RFC 9989 section 4.10.1: the record of the organizational domain, otherwise that of the public suffix domain.
        foreach (var (name, record) in tree.Records)
        {
            if (name == organization || record.PublicSuffix == DmarcPublicSuffix.Yes)
                return await ApplyAsync(domain, name, record, organization, cancellation);
        }

        return new DmarcOutcome(domain, DmarcResult.None, "no policy record");
    }

    private async ValueTask<DmarcOutcome> ApplyAsync(
        string author, string policyDomain, DmarcRecord record, string? organization, CancellationToken cancellation)
    {
        if (record is { HasWrongPolicy: true, AggregateReports.IsEmpty: true })
            return new DmarcOutcome(author, DmarcResult.None, $"the policy record of {policyDomain} has no valid policy");
        _failed = null;
        var isSpfAligned = _spf is not null && await IsAlignedAsync(author, _spf, record.IsSpfStrict, cancellation);
        var isDkimAligned = false;
        // Equal domains first: they need no lookup.
        foreach (var signer in _dkim.OrderByDescending(signer => signer == author))
            isDkimAligned = isDkimAligned || await IsAlignedAsync(author, signer, record.IsDkimStrict, cancellation);
        var isPass = isSpfAligned || isDkimAligned;
        if (!isPass && _failed is not null) return Failed(author, _failed) with { Record = record, PolicyDomain = policyDomain };
        var (tag, published) = PolicyOf(author, policyDomain, record);
        if (!isPass && author != policyDomain && record is { HasWrongPolicy: false, NonexistentPolicy: { } nonexistent })
        {
            // RFC 9989 appendix A.4: a domain exists if it has records of any type.
            var answer = await dns.AddressesAsync(author, AddressFamily.InterNetwork, cancellation);
            if (answer.Status == DnsStatus.Failed) return Failed(author, author) with { Record = record, PolicyDomain = policyDomain };
            if (answer.Status == DnsStatus.NameNotFound) (tag, published) = ("np", nonexistent);
        }

        var policy = isPass ? DmarcPolicy.None : record.IsTesting && published > DmarcPolicy.None ? published - 1 : published;
        return new DmarcOutcome(author, isPass ? DmarcResult.Pass : DmarcResult.Fail, Explain(author, isSpfAligned, isDkimAligned))
        {
            Record = record,
            PolicyDomain = policyDomain,
            OrganizationalDomain = organization ?? _organizations.GetValueOrDefault(author),
            PolicyTag = tag,
            PublishedPolicy = published,
            Policy = policy,
            IsSpfAligned = isSpfAligned,
            IsDkimAligned = isDkimAligned,
        };
    }

    // RFC 9989 section 4.10.1, for domains that exist.
    private static (string Tag, DmarcPolicy Policy) PolicyOf(string author, string policyDomain, DmarcRecord record)
    {
        if (record.HasWrongPolicy) return ("p", DmarcPolicy.None);
        return author != policyDomain && record.SubdomainPolicy is { } subdomain ? ("sp", subdomain) : ("p", record.Policy!.Value);
    }

    // RFC 9989 section 4.10.2.
    private async ValueTask<bool> IsAlignedAsync(string author, string identifier, bool isStrict, CancellationToken cancellation)
    {
        if (author == identifier) return true;
        if (isStrict || !HaveCommonParent(author, identifier)) return false;
        if (await OrganizationAsync(author, cancellation) is not { } organization) return false;
        return await OrganizationAsync(identifier, cancellation) == organization;
    }

    // Null if a lookup failed.
    private async ValueTask<string?> OrganizationAsync(string domain, CancellationToken cancellation)
    {
        if (_organizations.TryGetValue(domain, out var known)) return known;
        var tree = await _walk.WalkAsync(domain, cancellation);
        _failed ??= tree.FailedName;
        return tree.FailedName is null ? _organizations[domain] = tree.OrganizationalDomain : null;
    }

    // An organizational domain is the domain itself or above it, so domains of different top-level domains have none in common.
    private static bool HaveCommonParent(string left, string right) =>
        left.AsSpan(left.LastIndexOf('.') + 1).SequenceEqual(right.AsSpan(right.LastIndexOf('.') + 1));

    private static string Explain(string author, bool isSpfAligned, bool isDkimAligned) => (isSpfAligned, isDkimAligned) switch
    {
        (true, true) => "SPF and DKIM passed with aligned domains",
        (true, false) => "SPF passed with an aligned domain",
        (false, true) => "DKIM passed with an aligned domain",
        _ => $"no domain that passed SPF or DKIM is aligned with {author}",
    };

    private static DmarcOutcome Failed(string author, string name) =>
        new(author, DmarcResult.TempError,
            $"{(name == author ? $"the records of {author}" : $"the policy record of {name}")} cannot be looked up");

    private static string? Normalize(string domain) =>
        DomainName.TryParse(domain, out var name) && !name.IsAddressLiteral ? name.Value : null;
}

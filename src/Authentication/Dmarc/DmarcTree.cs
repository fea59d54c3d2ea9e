using Postfleet.Dns;

namespace Postfleet.Authentication.Dmarc;

/// <summary>The records that a tree walk found, from the longest domain to the shortest.</summary>
/// <param name="Start">The domain at which the walk started.</param>
/// <param name="Records">The domains with a policy record.</param>
/// <param name="FailedName">The name whose lookup failed, with which the walk ended; null otherwise.</param>
internal sealed record DmarcTree(string Start, IReadOnlyList<(string Domain, DmarcRecord Record)> Records, string? FailedName)
{
    /// <summary>The organizational domain of the start (RFC 9989 section 4.10.2). No lookup may have failed.</summary>
    public string OrganizationalDomain
    {
        get
        {
            foreach (var (domain, record) in Records)
            {
                if (record.PublicSuffix == DmarcPublicSuffix.No) return domain;
                if (record.PublicSuffix == DmarcPublicSuffix.Yes && domain != Start) return Below(domain);
            }

            return Records.Count > 0 ? Records[^1].Domain : Start;
        }
    }

    // The domain one label below, towards the start.
    private string Below(string domain)
    {
        var dot = Start.LastIndexOf('.', Start.Length - domain.Length - 2);
        return Start[(dot + 1)..];
    }
}

/// <summary>
/// Walks up the tree of DNS (RFC 9989 section 4.10). Remembers the records of one evaluation; used by one caller at a time.
/// </summary>
internal sealed class DmarcTreeWalk(IDnsLookup dns)
{
    /// <summary>The number of labels with which a walk continues after a longer start.</summary>
    private const int MaxLabels = 7;

    private readonly Dictionary<string, (DmarcRecord? Record, bool IsFailed)> _records = [];

    /// <summary>The policy record of a domain; null without exactly one.</summary>
    public async ValueTask<(DmarcRecord? Record, bool IsFailed)> FindAsync(string domain, CancellationToken cancellation)
    {
        if (_records.TryGetValue(domain, out var known)) return known;
        var answer = await dns.TextAsync($"_dmarc.{domain}", cancellation);
        DmarcRecord? record = null;
        var count = 0;
        foreach (var text in answer.Records)
        {
            if (DmarcRecord.Parse(text) is not { } parsed) continue;
            record = parsed;
            count++;
        }

        var found = (count == 1 ? record : null, answer.Status == DnsStatus.Failed);
        _records[domain] = found;
        return found;
    }

    /// <summary>Walks from a domain to its top-level domain or to a record with <c>psd=y</c> or <c>psd=n</c>: at most 8 lookups.</summary>
    public async ValueTask<DmarcTree> WalkAsync(string start, CancellationToken cancellation)
    {
        var records = new List<(string Domain, DmarcRecord Record)>();
        for (var domain = start; domain.Length > 0; domain = Parent(domain))
        {
            var (record, isFailed) = await FindAsync(domain, cancellation);
            if (isFailed) return new DmarcTree(start, records, domain);
            if (record is null) continue;
            records.Add((domain, record));
            if (record.PublicSuffix != DmarcPublicSuffix.Unknown) break;
        }

        return new DmarcTree(start, records, null);
    }

    // The next domain of a walk: without the first label, or with 7 labels if that is shorter. Empty after a top-level domain.
    private static string Parent(string domain)
    {
        var at = domain.Length;
        for (var labels = 0; labels < MaxLabels && at > 0; labels++) at = domain.LastIndexOf('.', at - 1, at);
        if (at > 0) return domain[(at + 1)..];
        var dot = domain.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? "" : domain[(dot + 1)..];
    }
}

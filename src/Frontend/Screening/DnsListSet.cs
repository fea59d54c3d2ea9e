using System.Net;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Screening;

/// <summary>All DNS lists. Lists are asked at the same time, within one time in all. Immutable; thread-safe.</summary>
/// <param name="lists">The lists.</param>
/// <param name="limit">The time for all answers; lists without an answer by then have failed.</param>
/// <param name="time">The clock.</param>
internal sealed class DnsListSet(IReadOnlyList<DnsList> lists, TimeSpan limit, TimeProvider time)
{
    private readonly ILookup<DnsListKind, DnsList> _lists = lists.ToLookup(list => list.Kind);

    /// <summary>Whether there are lists of a kind.</summary>
    public bool Has(DnsListKind kind) => _lists.Contains(kind);

    /// <summary>Asks the lists of addresses. Throws nothing.</summary>
    public Task<IReadOnlyList<Listing>> FindAsync(IPAddress client) => FindAsync(DnsListKind.Address, client, "");

    /// <summary>Asks the lists of a kind about a domain. Throws nothing.</summary>
    public Task<IReadOnlyList<Listing>> FindAsync(DnsListKind kind, string domain) => FindAsync(kind, null, domain);

    private async Task<IReadOnlyList<Listing>> FindAsync(DnsListKind kind, IPAddress? client, string domain)
    {
        using var end = new CancellationTokenSource(limit, time);
        var found = await Task.WhenAll(_lists[kind].Select(list => list.FindAsync(client, domain, end.Token).AsTask()));
        return [.. found.OfType<Listing>()];
    }
}

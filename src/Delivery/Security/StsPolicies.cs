using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Options;
using Postfleet.Dns;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Security;

/// <summary>
/// The MTA-STS policies of domains (RFC 8461). The node of a queue prepares the policy of its domain: it looks up the id, and fetches the
/// policy if <see cref="StsState"/> says so. The row in the storage has it for all nodes. Delivery nodes find it there, and keep it in
/// memory for a short time. Thread-safe; one instance serves the node.
/// </summary>
/// <param name="options">The options in force.</param>
/// <param name="dns">The resolver.</param>
/// <param name="fetcher">Fetches policies.</param>
/// <param name="store">The fetched policies, over all nodes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class StsPolicies(
    Func<DeliveryTlsOptions> options, IDnsLookup dns, IStsFetcher fetcher, ITlsPolicyStore store, TimeProvider time, ILogger logger)
{
    /// <summary>How long what was read from the storage is used without another look.</summary>
    public static readonly TimeSpan MemoryLife = TimeSpan.FromSeconds(30);

    /// <summary>How long a node that fetches has for it, and the others wait for a policy that is fetched the first time.</summary>
    public static readonly TimeSpan ClaimLife = IStsFetcher.MaxTime + TimeSpan.FromSeconds(5);

    private const int MaxRemembered = 50_000;

    private const string Prefix = "_mta-sts.";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, (DomainPolicy? Policy, long Since)> _memory = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<DomainPolicy?>>> _preparing = new(StringComparer.Ordinal);

    /// <summary>Whether policies are looked for; false costs nothing.</summary>
    public bool IsOn => options().MtaSts;

    /// <summary>Brings the policy of a domain up to date; see <see cref="IDomainPolicies.PrepareAsync"/>.</summary>
    public async ValueTask<DomainPolicy?> PrepareAsync(string domain, CancellationToken cancellationToken)
    {
        if (!IsOn || domain.StartsWith('[')) return null;
        // The queues of several streams share one preparation. If one caller gives up, it continues for the others.
        var task = _preparing.GetOrAdd(domain, key => new Lazy<Task<DomainPolicy?>>(() => Task.Run(() => PrepareOnceAsync(key))));
        return await task.Value.WaitAsync(cancellationToken);
    }

    /// <summary>Finds the policy in force; null for none.</summary>
    /// <exception cref="SpoolUnavailableException">The storage does not answer.</exception>
    public ValueTask<DomainPolicy?> FindAsync(string domain, CancellationToken cancellationToken)
    {
        if (!IsOn) return default;
        if (_memory.TryGetValue(domain, out var known) && time.GetElapsedTime(known.Since) < MemoryLife)
            return new(known.Policy?.ExpiresAt > time.GetUtcNow() ? known.Policy : null);
        return ReadAsync(domain, cancellationToken);
    }

    private async ValueTask<DomainPolicy?> ReadAsync(string domain, CancellationToken cancellationToken) =>
        Remember(domain, await store.FindAsync(domain, cancellationToken));

    private async Task<DomainPolicy?> PrepareOnceAsync(string domain)
    {
        try
        {
            var answer = await dns.TextAsync(Prefix + domain, CancellationToken.None);
            var id = answer.Status == DnsStatus.Found ? StsRecord.FindId(answer.Records) : null;
            var row = await store.FindAsync(domain, CancellationToken.None);
            if (StsState.MustFetch(id, row, time.GetUtcNow())) row = await FetchAsync(domain, id!, row);
            else if (id is not null && StsState.InForce(row, time.GetUtcNow()) is null) row = await AwaitOtherAsync(domain, row);
            return Remember(domain, row);
        }
        catch (SpoolUnavailableException)
        {
            // Before mail is sent, the policy is looked for again, and mail waits while the storage does not answer.
            return null;
        }
        finally
        {
            _preparing.TryRemove(domain, out _);
        }
    }

    private async Task<StoredTlsPolicy?> FetchAsync(string domain, string id, StoredTlsPolicy? row)
    {
        var now = time.GetUtcNow();
        if (!await store.TryClaimAsync(domain, now, now + ClaimLife, CancellationToken.None))
            return StsState.InForce(row, now) is not null ? row : await AwaitOtherAsync(domain, await store.FindAsync(domain, default));
        var (policy, problem) = await fetcher.FetchAsync(domain);
        DeliveryMetrics.Fetched(policy is not null);
        now = time.GetUtcNow();
        if (policy is null)
        {
            logger.PolicyNotFetched(domain, StsState.InForce(row, now) is null ? "none" : "the former policy", problem);
            await store.PostponeAsync(domain, now + StsState.FailurePause, CancellationToken.None);
            return row;
        }

        var fetched = StsState.Fetched(domain, id, policy, now);
        await store.SaveAsync(fetched, CancellationToken.None);
        if (row?.Text != fetched.Text) logger.PolicyFetched(domain, StsPolicy.WordOf(policy.Mode), id, string.Join(',', policy.Patterns));
        return fetched;
    }

    // Another node fetches the first policy of the domain at this moment: mail that left now would leave without it.
    private async Task<StoredTlsPolicy?> AwaitOtherAsync(string domain, StoredTlsPolicy? row)
    {
        var since = time.GetTimestamp();
        while (row is not null && StsState.InForce(row, time.GetUtcNow()) is null && IsBeingFetched(row)
            && time.GetElapsedTime(since) < ClaimLife)
        {
            await Task.Delay(Pace, time);
            row = await store.FindAsync(domain, CancellationToken.None);
        }

        return row;
    }

    private bool IsBeingFetched(StoredTlsPolicy row)
    {
        var left = row.NextTry - time.GetUtcNow();
        return row.ExpiresAt <= time.GetUtcNow() && left > TimeSpan.Zero && left <= ClaimLife;
    }

    private DomainPolicy? Remember(string domain, StoredTlsPolicy? row)
    {
        var policy = StsState.InForce(row, time.GetUtcNow()) is { } found ? new DomainPolicy(domain, found, row!.ExpiresAt) : null;
        if (_memory.Count >= MaxRemembered) _memory.Clear();
        _memory[domain] = (policy, time.GetTimestamp());
        return policy;
    }
}

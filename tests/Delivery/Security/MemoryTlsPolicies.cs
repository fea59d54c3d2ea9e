using System.Collections.Concurrent;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>Fetched policies in memory.</summary>
internal sealed class MemoryTlsPolicies : ITlsPolicyStore
{
    private readonly Lock _lock = new();

    public ConcurrentDictionary<string, StoredTlsPolicy> Rows { get; } = new();

    public bool IsAway { get; set; }

    public int Reads { get; private set; }

    public ValueTask<StoredTlsPolicy?> FindAsync(string domain, CancellationToken cancellationToken)
    {
        Check();
        lock (_lock) Reads++;
        return new(Rows.GetValueOrDefault(domain));
    }

    public ValueTask<bool> TryClaimAsync(string domain, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken)
    {
        Check();
        lock (_lock)
        {
            var row = Rows.GetValueOrDefault(domain);
            if (row?.NextTry > now) return new(false);
            Rows[domain] = (row ?? new(domain, "", "", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, until)) with { NextTry = until };
            return new(true);
        }
    }

    public ValueTask SaveAsync(StoredTlsPolicy policy, CancellationToken cancellationToken)
    {
        Check();
        Rows[policy.Domain] = policy;
        return default;
    }

    public ValueTask PostponeAsync(string domain, DateTimeOffset nextTry, CancellationToken cancellationToken)
    {
        Check();
        lock (_lock) Rows[domain] = Rows[domain] with { NextTry = nextTry };
        return default;
    }

    private void Check()
    {
        if (IsAway) throw new SpoolUnavailableException("the spool does not answer", new IOException());
    }
}

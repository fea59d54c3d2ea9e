using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Security;

/// <summary>
/// What is known about the policy of a domain, and what follows from it (RFC 8461 sections 3.3 and 5.1): which policy applies, and whether
/// it must be fetched. Pure.
/// </summary>
internal static class StsState
{
    /// <summary>The longest time for which a policy with the id in the DNS is used without a fetch.</summary>
    public static readonly TimeSpan RefreshAfter = TimeSpan.FromDays(1);

    /// <summary>The time from a successful fetch until the next, however often the id in the DNS changes.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMinutes(1);

    /// <summary>The time from a failed fetch until the next. RFC 8461 section 3.3 suggests five minutes as the least.</summary>
    public static readonly TimeSpan FailurePause = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Whether the policy must be fetched. Without a record in the DNS nothing is fetched, and a fetched policy stays in force until it is
    /// over: whoever can suppress the record cannot end the policy.
    /// </summary>
    /// <param name="id">The id in the DNS; null without one, or without an answer.</param>
    /// <param name="row">What is stored; null for nothing.</param>
    /// <param name="now">The time.</param>
    public static bool MustFetch(string? id, StoredTlsPolicy? row, DateTimeOffset now)
    {
        if (id is null) return false;
        if (row is null) return true;
        if (row.NextTry > now) return false;
        if (row.Id != id || row.ExpiresAt <= now) return true;
        // A clock that was set back makes a policy neither older nor younger than its life.
        var life = row.ExpiresAt - row.FetchedAt;
        return now - row.FetchedAt >= (life / 2 < RefreshAfter ? life / 2 : RefreshAfter);
    }

    /// <summary>The policy in force; null for none.</summary>
    public static StsPolicy? InForce(StoredTlsPolicy? row, DateTimeOffset now) =>
        row is { Text.Length: > 0 } && row.ExpiresAt > now && StsPolicyParser.TryParse(row.Text, out var policy, out _)
            && policy.Mode != StsMode.None ? policy : null;

    /// <summary>The row for a fetched policy.</summary>
    public static StoredTlsPolicy Fetched(string domain, string id, StsPolicy policy, DateTimeOffset now) =>
        new(domain, id, policy.Write(), now, now + policy.MaxAge, now + MinInterval);
}

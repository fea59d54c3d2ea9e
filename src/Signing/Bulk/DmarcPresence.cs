using Postfleet.Authentication.Dmarc;
using Postfleet.Core.Mail;
using Postfleet.Dns;

namespace Postfleet.Signing.Bulk;

/// <summary>
/// Knows which domains have a DMARC record. A question never waits: the look-up of an unknown domain runs beside the mail, and later
/// messages have its answer. Bounded in domains and in look-ups at a time. Thread-safe; <see cref="BulkWatch"/> owns it.
/// </summary>
internal sealed class DmarcPresence(Func<IDnsLookup> dns, TimeProvider time)
{
    /// <summary>The most domains that are remembered; further ones begin a new memory.</summary>
    public const int MaxDomains = 1000;

    /// <summary>How long an answer is remembered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private const int MaxLookups = 10;

    // RFC 9989 sets no time for the tree walk; an answer that is later is of no use.
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (bool? Has, long Since)> _known = [];
    private int _running;

    /// <summary>Whether the domain is known to have no record. False while its record is looked up, and where that fails.</summary>
    public bool IsMissing(DomainName domain)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(domain.Value, out var known) && time.GetElapsedTime(known.Since) < Lifetime) return known.Has == false;
            if (_running >= MaxLookups) return false;
            if (_known.Count >= MaxDomains) _known.Clear();
            _running++;
            _known[domain.Value] = (null, time.GetTimestamp());
        }

        _ = Task.Run(() => LookAsync(domain), CancellationToken.None);
        return false;
    }

    private async Task LookAsync(DomainName domain)
    {
        bool? has = null;
        try
        {
            using var limit = new CancellationTokenSource(MaxTime, time);
            var found = await new DmarcEvaluator(dns()).EvaluateAsync(new DmarcRequest([domain], true, null, []), limit.Token);
            has = found.Result == DmarcResult.TempError ? null : found.Authors is [{ Record: not null }];
        }
        catch (OperationCanceledException)
        {
            // The DNS is slow: the domain is looked up again after the lifetime.
        }
        finally
        {
            lock (_lock)
            {
                _running--;
                _known[domain.Value] = (has, time.GetTimestamp());
            }
        }
    }
}

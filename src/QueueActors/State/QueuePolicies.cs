using Postfleet.Core.Mail;
using Postfleet.QueueActors.Options;

namespace Postfleet.QueueActors.State;

/// <summary>The policies of all domains, created once from the options. The same domain always gets the same object. Thread-safe.</summary>
internal sealed class QueuePolicies
{
    private readonly QueuePolicy _common;
    private readonly (DomainPattern Domain, QueuePolicy Policy)[] _overrides;

    public QueuePolicies(QueueOptions options)
    {
        _common = new QueuePolicy(options.FirstRetry, options.MaxRetry, options.Lifetime) { DelayWarning = options.DelayWarning };
        _overrides =
        [
            .. options.Domains.Select(entry => (entry.Domain, new QueuePolicy(
                entry.FirstRetry ?? options.FirstRetry, entry.MaxRetry ?? options.MaxRetry, entry.Lifetime ?? options.Lifetime)
            {
                DelayWarning = entry.DelayWarning ?? options.DelayWarning,
            })),
        ];
    }

    /// <summary>The policy of a normalised domain: the first matching override, otherwise the common policy.</summary>
    public QueuePolicy For(string domain)
    {
        foreach (var (pattern, policy) in _overrides)
        {
            if (pattern.Matches(domain)) return policy;
        }

        return _common;
    }
}

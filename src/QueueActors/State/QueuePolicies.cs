using Postfleet.Core.Mail;
using Postfleet.QueueActors.Options;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The policies of all domains, made once from the options: a queue asks for its policy in each round. The same domain always gets the same
/// object. Safe on any thread.
/// </summary>
internal sealed class QueuePolicies
{
    private readonly QueuePolicy _common;
    private readonly (DomainPattern Domain, QueuePolicy Policy)[] _overrides;

    public QueuePolicies(QueueOptions options)
    {
        _common = new QueuePolicy(options.FirstRetry, options.MaxRetry, options.Lifetime) { DelayWarning = options.DelayWarning };
        _overrides =
        [
            .. options.Domains.Select(entry => (DomainPattern.Parse(entry.Domain), new QueuePolicy(
                entry.FirstRetry ?? options.FirstRetry, entry.MaxRetry ?? options.MaxRetry, entry.Lifetime ?? options.Lifetime)
            {
                DelayWarning = entry.DelayWarning ?? options.DelayWarning,
            })),
        ];
    }

    /// <summary>The policy of a normalised domain: that of the first override that matches, or else the one that holds for all.</summary>
    public QueuePolicy For(string domain)
    {
        foreach (var (pattern, policy) in _overrides)
        {
            if (pattern.Matches(domain)) return policy;
        }

        return _common;
    }
}

using System.Collections.Concurrent;
using Postfleet.Configuration;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.Options;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors;

/// <summary>
/// Holds the rules of the queues in force and replaces them in a reload. A queue decides by new rules from its next decision on; times that
/// were computed before stay.
/// </summary>
/// <param name="sections">The sections with which the node starts.</param>
/// <param name="rulesOf">Makes the rules of a policy.</param>
/// <param name="notifier">Gets the rules for DSNs.</param>
internal sealed class QueueReload(QueueSections sections, Func<QueuePolicy, QueueRules> rulesOf, Notifier notifier)
    : IReloadable<QueueSections>, IQueueSettings
{
    private readonly Current<QueuePolicies> _policies = new(PoliciesOf(sections));

    /// <summary>Returns the rules of a queue.</summary>
    public Current<Func<QueueKey, QueueRules>> Rules { get; } = new(RulesOf(PoliciesOf(sections), rulesOf));

    /// <inheritdoc/>
    public IReadOnlyList<QueueSetting> Find(QueueKey queue)
    {
        var policies = _policies.Value;
        var times = policies.TimesOf(queue);
        return
        [
            policies.WeightOf(queue),
            Named(nameof(times.FirstRetry), times.FirstRetry), Named(nameof(times.MaxRetry), times.MaxRetry),
            Named(nameof(times.Lifetime), times.Lifetime), Named(nameof(times.DelayWarning), times.DelayWarning),
        ];

        static QueueSetting Named(string name, TimeSetting time) => new(name, Durations.Format(time.Value), time.Key);
    }

    /// <inheritdoc/>
    public Action Prepare(QueueSections settings)
    {
        var policies = PoliciesOf(settings);
        var rules = RulesOf(policies, rulesOf);
        var notifications = NotificationRules(settings);
        return () =>
        {
            _policies.Value = policies;
            Rules.Value = rules;
            notifier.Use(notifications);
        };
    }

    /// <summary>The rules for DSNs.</summary>
    public static NotificationRules NotificationRules(QueueSections settings)
    {
        var policies = PoliciesOf(settings);
        return new NotificationRules(queue => policies.For(queue).Lifetime)
        {
            Copies = settings.Notifications.Copies,
            MaxReturned = settings.Notifications.MaxReturnedSize.Bytes,
        };
    }

    private static QueuePolicies PoliciesOf(QueueSections settings) => new(settings.Queues, settings.Streams);

    // Queues with equal policies share an instance, instead of a hundred thousand instances.
    private static Func<QueueKey, QueueRules> RulesOf(QueuePolicies policies, Func<QueuePolicy, QueueRules> rulesOf)
    {
        var rules = new ConcurrentDictionary<QueuePolicy, QueueRules>(ReferenceEqualityComparer.Instance);
        return queue => rules.GetOrAdd(policies.For(queue), rulesOf);
    }
}

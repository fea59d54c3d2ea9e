using System.Collections.Concurrent;
using Postfleet.Configuration;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.Options;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors;

/// <summary>
/// Holds the rules of the queues in force and replaces them in a reload. A queue decides by new rules from its next decision on; times that
/// were computed before stay.
/// </summary>
/// <param name="options">The options with which the node starts.</param>
/// <param name="rulesOf">Makes the rules of a policy.</param>
/// <param name="notifier">Gets the rules for DSNs.</param>
internal sealed class QueueReload(QueueOptions options, Func<QueuePolicy, QueueRules> rulesOf, Notifier notifier)
    : IReloadable<QueueSections>
{
    /// <summary>Returns the rules of a queue.</summary>
    public Current<Func<QueueKey, QueueRules>> Rules { get; } = new(RulesOf(options, rulesOf));

    /// <inheritdoc/>
    public Action Prepare(QueueSections settings)
    {
        var rules = RulesOf(settings.Queues, rulesOf);
        var notifications = NotificationRules(settings.Queues, settings.Notifications);
        return () =>
        {
            Rules.Value = rules;
            notifier.Use(notifications);
        };
    }

    /// <summary>The rules for DSNs.</summary>
    public static NotificationRules NotificationRules(QueueOptions options, NotificationOptions notifications)
    {
        var policies = new QueuePolicies(options);
        return new NotificationRules(queue => policies.For(queue.Domain).Lifetime)
        {
            Copies = notifications.Copies,
            MaxReturned = notifications.MaxReturnedSize.Bytes,
        };
    }

    // Queues with equal policies share an instance, instead of a hundred thousand instances.
    private static Func<QueueKey, QueueRules> RulesOf(QueueOptions options, Func<QueuePolicy, QueueRules> rulesOf)
    {
        var policies = new QueuePolicies(options);
        var rules = new ConcurrentDictionary<QueuePolicy, QueueRules>(ReferenceEqualityComparer.Instance);
        return queue => rules.GetOrAdd(policies.For(queue.Domain), rulesOf);
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postfleet.Configuration;
using Postfleet.Contracts;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Signing;
using Postfleet.Contracts.Stats;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Classification;
using Postfleet.QueueActors.Entity;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.Options;
using Postfleet.QueueActors.Settling;
using Postfleet.QueueActors.State;
using Postfleet.QueueActors.Suppressing;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors;

/// <summary>Registers the QueueActors module.</summary>
public static class QueueServiceCollectionExtensions
{
    /// <summary>Halves the rows of a busy queue, and is short compared with the round trip of a message to its destination.</summary>
    private static readonly TimeSpan BatchInterval = TimeSpan.FromMilliseconds(3);

    /// <summary>
    /// Longer than a destination takes to grant credit and a resolver to answer, and well below the second after which an offer is
    /// repeated.
    /// </summary>
    private static readonly TimeSpan HoldFor = TimeSpan.FromMilliseconds(300);

    /// <summary>Registers the queues, the hand-off and the settling of parts.</summary>
    /// <param name="services">The service collection of the node.</param>
    /// <param name="sections">Retry schedule and lifetime of mail, by domain and stream, and options of DSNs.</param>
    /// <param name="hostname">The host name of this node, for DSNs.</param>
    /// <param name="node">This node's address in the cluster, recorded in ownership events.</param>
    /// <param name="isAlone">Whether no other process can write to the journal; then no queue can have another owner.</param>
    public static IServiceCollection AddQueueActors(
        this IServiceCollection services, QueueSections sections, string hostname, string node, bool isAlone)
    {
        services.AddSingleton<HandOffClient>();
        services.AddSingleton(provider => new MessageSubmission(
            provider.GetRequiredService<IMessageStore>(), provider.GetRequiredService<HandOffClient>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<NodeStats>(), provider.GetService<IMessageSigner>(),
            provider.GetService<ISuppression>() is { } suppression ? new SuppressedParts(
                suppression, provider.GetRequiredService<ISettler>, provider.GetRequiredService<IPartLedger>(),
                provider.GetRequiredService<TimeProvider>(), Logger(provider)) : null));
        services.AddSingleton<ISubmission>(provider => provider.GetRequiredService<MessageSubmission>());
        services.AddSingleton(provider => new Notifier(
            new DsnBuilder(hostname), QueueReload.NotificationRules(sections), provider.GetService<IMessageSigner>()));
        services.AddSingleton(provider => new Reporter(
            provider.GetRequiredService<IReportStore>(), provider.GetRequiredService<MessageSubmission>(),
            provider.GetRequiredService<Notifier>(),
            provider.GetRequiredService<TimeProvider>(), Logger(provider)));
        services.AddSingleton<ISettler>(provider => new Settler(
            provider.GetRequiredService<IPartLedger>(), provider.GetRequiredService<IReportStore>(),
            provider.GetRequiredService<Notifier>(), provider.GetRequiredService<Reporter>(),
            provider.GetRequiredService<HandOffClient>(), provider.GetRequiredService<TimeProvider>(), Logger(provider))
        {
            Failures = provider.GetService<ISuppression>() is { } suppression
                ? new FailureCount(suppression, provider.GetService<BounceClassifier>() ?? BounceClassifier.Shipped) : null,
        });
        services.AddSingleton(provider =>
        {
            var ledger = provider.GetRequiredService<IPartLedger>();
            return new QueueReload(
                sections, policy => Rules(policy, node, isAlone, ledger.KeepsOutcomes), provider.GetRequiredService<Notifier>());
        });
        services.AddSingleton<IReloadable<QueueSections>>(provider => provider.GetRequiredService<QueueReload>());
        services.AddSingleton<IQueueSettings>(provider => provider.GetRequiredService<QueueReload>());
        services.AddSingleton<IClusterModule>(provider =>
        {
            var regions = provider.GetRequiredService<ShardRegions>();
            var ledger = provider.GetRequiredService<IPartLedger>();
            var queueServices = new QueueServices(
                ledger, provider.GetRequiredService<IRouteResolver>(),
                provider.GetRequiredService<ISettler>(),
                () => regions.Destinations, provider.GetRequiredService<NodeStats>(),
                provider.GetRequiredService<QueueReload>().Rules,
                new LifecycleSettings(sections.Queues.IdleTimeout, BatchInterval), provider.GetRequiredService<TimeProvider>(),
                Logger(provider))
            {
                Suspensions = provider.GetService<ISuspensions>(),
                Classifier = provider.GetService<BounceClassifier>() ?? BounceClassifier.Shipped,
            };
            return new QueueModule(
                queueServices, provider.GetRequiredService<HandOffClient>(), regions, provider.GetRequiredService<IReportStore>(),
                provider.GetRequiredService<Reporter>(), provider.GetService<ITakeoverHistory>());
        });
        return services;
    }

    private static ILogger Logger(IServiceProvider provider) => provider.GetRequiredService<ILoggerFactory>().CreateLogger("Queues");

    private static QueueRules Rules(QueuePolicy policy, string node, bool isAlone, bool keepsOutcomes) =>
        new(policy.Lifetime, tries => RetrySchedule.Delay(policy, tries, Random.Shared.NextDouble()), node)
        {
            DelayWarning = policy.DelayWarning,
            IsAlone = isAlone,
            HoldFor = HoldFor,
            KeepsOutcomes = keepsOutcomes,
        };
}

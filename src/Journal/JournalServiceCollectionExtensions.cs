using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts;
using Postfleet.Contracts.Persistence;
using Postfleet.Storage.Postgres;

namespace Postfleet.Journal;

/// <summary>Adds the journals to a node.</summary>
public static class JournalServiceCollectionExtensions
{
    /// <summary>Adds the journals of queues and sharding as the persistence of all actors. The container disposes of them.</summary>
    /// <param name="services">The node's services.</param>
    /// <param name="open">Opens the journals. It is called once.</param>
    public static IServiceCollection AddJournal(this IServiceCollection services, Func<ServerGuard, JournalStorage> open)
    {
        services.TryAddSingleton<ServerGuard>();
        services.AddSingleton(provider => open(provider.GetRequiredService<ServerGuard>()));
        services.AddSingleton<IActorPersistence>(provider => provider.GetRequiredService<JournalStorage>());
        services.AddSingleton<IClusterModule>(provider => new JournalModule(
            provider.GetRequiredService<JournalStorage>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Journal")));
        return services;
    }
}

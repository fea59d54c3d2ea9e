using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Contracts.Users;
using Postfleet.Operations.Budgets;
using Postfleet.Operations.Replica;
using Postfleet.Operations.Run;
using Postfleet.Operations.Users;
using Postfleet.Spool.Common;

namespace Postfleet.Operations;

/// <summary>Registers the module Operations.</summary>
public static class OperationsServiceCollectionExtensions
{
    /// <summary>
    /// Registers operators' actions, the users in storage and the limits of the cluster. The spool and the routes must be registered, too.
    /// </summary>
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddSingleton<ActionClient>().AddSingleton<IActions>(provider => provider.GetRequiredService<ActionClient>());
        services.AddSingleton<SuspensionTable>()
            .AddSingleton<ISuspensions>(provider => provider.GetRequiredService<SuspensionTable>());
        services.AddSingleton<RedirectionTable>()
            .AddSingleton<IRedirections>(provider => provider.GetRequiredService<RedirectionTable>());
        services.AddSingleton(provider => new StoredUsers(
                provider.GetRequiredService<IUserStore>(), provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>().CreateLogger("Operations")))
            .AddSingleton<IUsers>(provider => provider.GetRequiredService<StoredUsers>())
            .AddSingleton<IUserDirectory>(provider => provider.GetRequiredService<StoredUsers>());
        services.AddSingleton<LoginReports>().AddSingleton<ILoginReports>(provider => provider.GetRequiredService<LoginReports>());
        services.AddSingleton(provider => new LocalBudgets(
                provider.GetRequiredService<IBudgetStore>(), provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>().CreateLogger("Operations")))
            .AddSingleton<IBudgets>(provider => provider.GetRequiredService<LocalBudgets>())
            .AddSingleton<IHostedService>(provider => provider.GetRequiredService<LocalBudgets>());
        return services.AddSingleton<IClusterModule>(provider => new OperationsModule(
            provider.GetRequiredService<ActionClient>(), provider.GetRequiredService<SuspensionTable>(),
            provider.GetRequiredService<RedirectionTable>(),
            () => new RunSource(
                provider.GetRequiredService<IPartScanner>(), provider.GetRequiredService<IPartLedger>(),
                provider.GetRequiredService<IRouteResolver>()),
            provider.GetRequiredService<ShardRegions>(), provider.GetRequiredService<NodeStats>(),
            provider.GetRequiredService<LoginReports>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Operations")));
    }
}

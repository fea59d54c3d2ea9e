using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Configuration;
using Postfleet.Contracts;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Greylisting;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Contracts.Stats;
using Postfleet.Contracts.Suppression;
using Postfleet.Contracts.Users;
using Postfleet.Dns;
using Postfleet.Operations.Budgets;
using Postfleet.Operations.Greylisting;
using Postfleet.Operations.Options;
using Postfleet.Operations.Replica;
using Postfleet.Operations.Reports;
using Postfleet.Operations.Run;
using Postfleet.Operations.Suppression;
using Postfleet.Operations.Users;
using Postfleet.Spool.Common;

namespace Postfleet.Operations;

/// <summary>Registers the module Operations.</summary>
public static class OperationsServiceCollectionExtensions
{
    /// <summary>
    /// Registers operators' actions, the users in storage, the limits of the cluster, greylisting and the reports to other operators. The
    /// spool, the routes and the resolver must be registered, too.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="settings">The settings with which the node starts.</param>
    /// <param name="version">The version of the program, for reports.</param>
    public static IServiceCollection AddOperations(this IServiceCollection services, OperationsSections settings, string version)
    {
        services.AddReports(settings, version);
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
        services.AddSingleton<IBudgets>(NewBudgets).AddSingleton<IInboundBudgets>(NewBudgets)
            .AddSingleton<IHostedService>(provider => (LocalBudgets)provider.GetRequiredService<IBudgets>())
            .AddSingleton<IHostedService>(provider => (LocalBudgets)provider.GetRequiredService<IInboundBudgets>());
        services.AddSingleton<IGreylist>(provider => new LocalGreylist(
            provider.GetRequiredService<IGreylistStore>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Operations")));
        services.AddSingleton(provider => new SuppressionList(
                provider.GetRequiredService<OperationsReload>().Suppression, provider.GetRequiredService<ISuppressionStore>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>().CreateLogger("Operations")))
            .AddSingleton<ISuppression>(provider => provider.GetRequiredService<SuppressionList>())
            .AddSingleton<ISuppressions>(provider => provider.GetRequiredService<SuppressionList>())
            .AddSingleton<ISessionCheck<RecipientSubject>>(
                provider => new SuppressionCheck(provider.GetRequiredService<SuppressionList>()));
        return services.AddSingleton<IClusterModule>(provider => new OperationsModule(
            provider.GetRequiredService<ActionClient>(), provider.GetRequiredService<SuspensionTable>(),
            provider.GetRequiredService<RedirectionTable>(),
            () => new RunSource(
                provider.GetRequiredService<IPartScanner>(), provider.GetRequiredService<IPartLedger>(),
                provider.GetRequiredService<IRouteResolver>()),
            provider.GetRequiredService<ShardRegions>(), provider.GetRequiredService<NodeStats>(),
            provider.GetRequiredService<LoginReports>(), provider.GetRequiredService<DmarcReporter>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>().CreateLogger("Operations")));
    }

    private static LocalBudgets NewBudgets(IServiceProvider provider) => new(
        provider.GetRequiredService<IBudgetStore>(), provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILoggerFactory>().CreateLogger("Operations"));

    private static void AddReports(this IServiceCollection services, OperationsSections settings, string version)
    {
        services.AddSingleton(new OperationsReload(settings))
            .AddSingleton<IReloadable<OperationsSections>>(provider => provider.GetRequiredService<OperationsReload>());
        services.AddSingleton(provider => new DmarcCounts(
                provider.GetRequiredService<OperationsReload>().DmarcReports, provider.GetRequiredService<IReportCountStore>(),
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>().CreateLogger("Operations")))
            .AddSingleton<IDmarcCounts>(provider => provider.GetRequiredService<DmarcCounts>())
            .AddSingleton<IHostedService>(provider => provider.GetRequiredService<DmarcCounts>());
        services.AddSingleton(provider => new DmarcReporter(
            provider.GetRequiredService<OperationsReload>().DmarcReports, provider.GetRequiredService<IReportCountStore>(),
            new DmarcReportAddresses(provider.GetRequiredService<IDnsLookup>()), provider.GetRequiredService<ISubmission>,
            $"Postfleet {version}", provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Operations")));
    }
}

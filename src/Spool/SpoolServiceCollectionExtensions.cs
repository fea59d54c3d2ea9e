using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Postfleet.Configuration;
using Postfleet.Core;
using Postfleet.Core.Classification;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Sqlite;
using Postfleet.Storage.Commit;
using Postfleet.Storage.Postgres;

namespace Postfleet.Spool;

/// <summary>Registers the spool.</summary>
public static class SpoolServiceCollectionExtensions
{
    /// <summary>
    /// Registers the interfaces of the spool (<see cref="IMessageStore"/> and the others), and the hosted service that opens and closes
    /// the spool. Its start throws
    /// <see cref="StartFailureException"/> when the storage cannot be used. Register the spool before the services that accept or deliver
    /// mail.
    /// </summary>
    public static IServiceCollection AddSpool(this IServiceCollection services, SpoolSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.CaptureMax, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.BodyCacheBytes);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ServerGuard>();
        var captured = new CaptureBounds(settings.CaptureMax, settings.CaptureMaxAge);
        services.AddSingleton<IReloadable<SpoolSettings>>(
            provider => new SpoolReload(captured, provider.GetRequiredService<GroupCommitSpool>()));
        services.AddSingleton(provider =>
        {
            var logger = provider.GetRequiredService<ILogger<GroupCommitSpool>>();
            var time = provider.GetRequiredService<TimeProvider>();
            return new GroupCommitSpool(
                Storage(
                    settings with { Guard = provider.GetRequiredService<ServerGuard>() }, captured, logger, time), settings.BodyCacheBytes,
                    new GroupCommitLimits(), logger, time);
        });
        services.AddSingleton<IMessageStore>(provider => provider.GetRequiredService<GroupCommitSpool>());
        services.AddSingleton<IPartReader>(provider => provider.GetRequiredService<GroupCommitSpool>());
        services.AddSingleton<IPartScanner>(provider => provider.GetRequiredService<GroupCommitSpool>());
        services.AddSingleton<IPartLedger>(provider => provider.GetRequiredService<GroupCommitSpool>());
        services.AddSingleton<IReportStore>(provider => provider.GetRequiredService<GroupCommitSpool>());
        services.AddSingleton<ICaptureStore>(provider => provider.GetRequiredService<GroupCommitSpool>());
        services.AddSingleton<IUserStore>(provider => provider.GetRequiredService<GroupCommitSpool>().Users);
        services.AddSingleton<ISigningKeyStore>(provider => provider.GetRequiredService<GroupCommitSpool>().SigningKeys);
        services.AddSingleton<IBudgetStore>(provider => provider.GetRequiredService<GroupCommitSpool>().Budgets);
        services.AddSingleton<IReportCountStore>(provider => provider.GetRequiredService<GroupCommitSpool>().ReportCounts);
        services.AddSingleton<ISiteStateStore>(provider => provider.GetRequiredService<GroupCommitSpool>().SiteStates);
        services.AddSingleton<IGreylistStore>(provider => provider.GetRequiredService<GroupCommitSpool>().Greylist);
        services.AddSingleton<ITlsPolicyStore>(provider => provider.GetRequiredService<GroupCommitSpool>().TlsPolicies);
        services.AddSingleton<ISuppressionStore>(provider => provider.GetRequiredService<GroupCommitSpool>().Suppressions);
        services.AddSingleton<ITakeoverHistory>(provider => new SpoolTakeovers(provider.GetRequiredService<GroupCommitSpool>()));
        services.AddSingleton<ISpoolHealth>(provider => provider.GetRequiredService<GroupCommitSpool>());
        services.AddSingleton<IHistory>(provider => new ClassifiedHistory(
            provider.GetRequiredService<GroupCommitSpool>(), provider.GetService<BounceClassifier>() ?? BounceClassifier.Shipped));
        services.AddSingleton<IEventFeed>(provider => new ClassifiedFeed(
            () => provider.GetRequiredService<GroupCommitSpool>().Feed, provider.GetService<BounceClassifier>()
                ?? BounceClassifier.Shipped));
        services.AddHostedService<SpoolService>();
        return services;
    }

    private static IStorage Storage(SpoolSettings settings, CaptureBounds bounds, ILogger logger, TimeProvider time) =>
        settings.Provider switch
        {
            SpoolProvider.Sqlite => new SqliteStorage(settings.Path, bounds, logger, time, history: settings),
            SpoolProvider.Postgres => new PostgresStorage(settings.ConnectionString, bounds, logger, time, settings),
            _ => throw new ArgumentException($"unknown storage provider {settings.Provider}", nameof(settings)),
        };
}

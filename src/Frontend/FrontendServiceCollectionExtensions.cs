using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Configuration;
using Postfleet.Contracts;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Greylisting;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Contracts.Stats;
using Postfleet.Contracts.Users;
using Postfleet.Dns;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Listening;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend;

/// <summary>Adds this module to the services of a node.</summary>
public static class FrontendServiceCollectionExtensions
{
    private const string Category = "Frontend";

    // Bounds the log for clients refused in a loop.
    private const int RefusalsPerSecond = 50;

    /// <summary>
    /// Adds the SMTP server, which starts and stops with the host. Its sessions run the registered <see cref="ISessionCheck{T}"/> in the
    /// order of registration.
    /// </summary>
    public static IServiceCollection AddFrontend(this IServiceCollection services, FrontendSettings settings)
    {
        services.AddSingleton(provider => new FrontendReload(
            provider.GetService<IUserDirectory>(), provider.GetService<ILoginReports>(), provider.GetService<IBudgets>(),
            provider.GetService<IGreylist>(), provider.GetService<IDnsLookup>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger(Category),
            provider.GetService<IDmarcCounts>(), provider.GetService<IRecipientCallout>(), provider.GetService<IDnsListLookup>(),
            provider.GetService<IMailProxy>(), provider.GetService<IInboundBudgets>(), provider.GetService<ClusterHosts>()));
        services.AddSingleton<IReloadable<FrontendSettings>>(provider => provider.GetRequiredService<FrontendReload>());
        services.AddSingleton(provider =>
        {
            var time = provider.GetRequiredService<TimeProvider>();
            var loggers = provider.GetRequiredService<ILoggerFactory>();
            var limits = settings.Limits;
            var server = new ServerReplies(settings.Hostname);
            var sessions = new SessionServices(
                server, limits, new RelayPolicy(settings.Relay, settings.Routes, server.Postmaster, []),
                provider.GetRequiredService<ISubmission>(), new BodyMemory(limits.MaxBodyMemory.Bytes, limits.MaxMessageSize.Bytes), time,
                loggers.CreateLogger(Category), new LogBudget(time, RefusalsPerSecond))
            {
                Checks = Checks(provider),
            };
            return provider.GetRequiredService<FrontendReload>().Start(settings, sessions, loggers);
        });
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<SmtpServer>());
        return services.AddSingleton<IReadinessCheck>(provider => provider.GetRequiredService<SmtpServer>());
    }

    private static SessionChecks Checks(IServiceProvider provider) => new()
    {
        Connect = [.. provider.GetServices<ISessionCheck<ConnectSubject>>()],
        Hello = [.. provider.GetServices<ISessionCheck<HelloSubject>>()],
        Mail = [.. provider.GetServices<ISessionCheck<MailSubject>>()],
        Recipient = [.. provider.GetServices<ISessionCheck<RecipientSubject>>()],
        Data = [.. provider.GetServices<ISessionCheck<DataSubject>>()],
        Message = [.. provider.GetServices<ISessionCheck<MessageSubject>>()],
    };
}

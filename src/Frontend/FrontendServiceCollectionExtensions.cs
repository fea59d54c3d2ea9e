using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.Core.Stats;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Listening;
using Postfleet.Frontend.Session;
using Postfleet.Spool;

namespace Postfleet.Frontend;

/// <summary>Adds the frontend to a node.</summary>
public static class FrontendServiceCollectionExtensions
{
    // A client that is turned away says nothing new the hundredth time in a second.
    private const int RefusalsPerSecond = 50;

    /// <summary>Adds the SMTP server, which starts and stops with the host.</summary>
    public static IServiceCollection AddFrontend(this IServiceCollection services, FrontendSettings settings)
    {
        services.AddSingleton(provider =>
        {
            var time = provider.GetRequiredService<TimeProvider>();
            var loggers = provider.GetRequiredService<ILoggerFactory>();
            var limits = settings.Limits;
            return new SmtpServer(
                settings,
                new SessionServices(
                    new OwnReplies(settings.Hostname, limits),
                    limits,
                    new RelayPolicy(settings.Relay),
                    new MessageIntake(provider.GetRequiredService<ISpool>(), provider.GetRequiredService<IHandOff>(), time),
                    new BodyMemory(limits.MaxBodyMemory.Bytes, limits.MaxMessageSize.Bytes),
                    time,
                    loggers.CreateLogger("Frontend"),
                    new LogBudget(time, RefusalsPerSecond)),
                loggers);
        });
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<SmtpServer>());
        return services.AddSingleton<IReadinessCheck>(provider => provider.GetRequiredService<SmtpServer>());
    }
}

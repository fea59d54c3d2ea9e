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
    /// <summary>Adds the SMTP server, which starts and stops with the host.</summary>
    public static IServiceCollection AddFrontend(this IServiceCollection services, FrontendSettings settings)
    {
        services.AddSingleton(provider =>
        {
            var time = provider.GetRequiredService<TimeProvider>();
            var loggers = provider.GetRequiredService<ILoggerFactory>();
            var intake = new MessageIntake(provider.GetRequiredService<ISpool>(), provider.GetRequiredService<IHandOff>(), time);
            var memory = new BodyMemory(settings.Limits.MaxBodyMemory.Bytes);
            return new SmtpServer(settings, new SessionServices(
                settings.Hostname, settings.Limits, new RelayPolicy(settings.Relay), intake, memory, time, loggers.CreateLogger("Frontend")), loggers);
        });
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<SmtpServer>());
        return services.AddSingleton<IReadinessCheck>(provider => provider.GetRequiredService<SmtpServer>());
    }
}

using Microsoft.Extensions.Logging;
using Postfleet.Configuration;
using Postfleet.Core.Networking;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Listening;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend;

/// <summary>
/// Derives the services of sessions from the settings, at the start and for each reload. Sessions keep the services with which they began.
/// Owns the certificate of the listeners.
/// </summary>
internal sealed class FrontendReload(TimeProvider time, ILogger logger) : IReloadable<FrontendSettings>, IDisposable
{
    private ServerCertificate? _certificate;
    private SmtpServer? _server;

    /// <summary>Makes the server, which later reloads change.</summary>
    /// <param name="settings">The settings with which the node starts.</param>
    /// <param name="services">The services without those which the settings make.</param>
    /// <param name="loggers">The logs of the transport.</param>
    public SmtpServer Start(FrontendSettings settings, SessionServices services, ILoggerFactory loggers)
    {
        _certificate = Load(settings.Tls);
        _certificate?.Begin();
        return _server = new SmtpServer(settings, Make(services, settings, _certificate), loggers);
    }

    /// <inheritdoc/>
    public Action Prepare(FrontendSettings settings)
    {
        var server = _server ?? throw new InvalidOperationException("the server is not made yet");
        var loaded = Load(settings.Tls);
        var certificate = loaded is not null && _certificate is { } current && current.IsSame(loaded) ? current : loaded;
        var services = Make(server.Services, settings, certificate);
        return () =>
        {
            server.Use(services);
            if (ReferenceEquals(certificate, _certificate)) return;
            _certificate?.Dispose();
            _certificate = certificate;
            certificate?.Begin();
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _certificate?.Dispose();

    private ServerCertificate? Load(TlsOptions tls) => tls.Certificate.Length == 0 ? null : new ServerCertificate(tls, time, logger);

    private static SessionServices Make(SessionServices services, FrontendSettings settings, ServerCertificate? certificate) =>
        services with
        {
            Limits = settings.Limits,
            Relay = new RelayPolicy(settings.Relay, settings.Routes, services.Server.Postmaster, OwnAddresses(settings)),
            Tls = certificate is null ? null : new TlsServer(() => certificate.Current),
        };

    private static IEnumerable<System.Net.IPAddress> OwnAddresses(FrontendSettings settings) =>
        settings.Listeners.SelectMany(listener => ListenerAddresses.Of(listener.Endpoint.Address, settings.MachineAddresses));
}

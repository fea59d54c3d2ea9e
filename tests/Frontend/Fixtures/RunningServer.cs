using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Frontend.Listening;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>A server on loopback with a fake spool; uses the real clock by default.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly World _world;

    private RunningServer(World world, SmtpServer server) => (_world, Server) = (world, server);

    public SmtpServer Server { get; }

    public FakeSubmission Submission => _world.Submission;

    public RecordingLogger Log => _world.Log;

    public IPEndPoint Endpoint => (IPEndPoint)Server.Endpoints[0];

    public static FrontendSettings Settings(SmtpOptions limits, IEnumerable<string> listeners, TimeSpan grace) => new(
        World.Hostname, [.. listeners.Select(endpoint => new ListenerOptions { Endpoint = IPEndPoint.Parse(endpoint) })],
        new TlsOptions(), limits, new RelayOptions(), grace)
    {
        MachineAddresses = () => [],
    };

    public static async Task<RunningServer> StartAsync(
        SmtpOptions? limits = null, TimeSpan? grace = null, string[]? listeners = null, TimeProvider? time = null,
        TestCertificate? certificate = null,
        ListenerOptions? listener = null)
    {
        var world = new World(limits, time: time ?? TimeProvider.System, certificate: certificate);
        var settings = Settings(world.Limits, listeners ?? ["127.0.0.1:0"], grace ?? TimeSpan.FromSeconds(30));
        if (listener is not null) settings = settings with { Listeners = [listener] };
        var server = new RunningServer(world, new SmtpServer(settings, world.Services, NullLoggerFactory.Instance));
        await server.Server.StartAsync(default);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        // Without a grace period: sessions left open by a failed test must not delay other tests.
        await Server.StopAsync(new CancellationToken(canceled: true));
        Server.Dispose();
    }
}

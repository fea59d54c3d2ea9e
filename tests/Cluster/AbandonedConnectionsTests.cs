using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Remote;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Cluster.Systems;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Cluster.Tests.RemoteSystem;

namespace Postfleet.Cluster.Tests;

/// <summary>Two nodes connect to each other at once, and one of them stops its writer before the handshake has ended.</summary>
public sealed class AbandonedConnectionsTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly ActorSystem _here = Start();
    private readonly ActorSystem _there = Start();

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
    }

    [Fact]
    public async Task Connection_whose_writer_ended_during_the_handshake_is_closed()
    {
        _here.ActorOf(Props.Create(() => new AbandonedConnections(NullLogger.Instance)));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var between = AddressOf(_there).WithPort(((IPEndPoint)listener.LocalEndpoint).Port);
        _here.ActorSelection(new RootActorPath(between) / "user" / "any").Tell("connect");

        using var here = await listener.AcceptTcpClientAsync().WaitAsync(Limit);
        using var there = new TcpClient();
        await there.ConnectAsync(IPAddress.Loopback, AddressOf(_there).Port!.Value);
        var request = here.GetStream().CopyToAsync(there.GetStream());
        var answer = new byte[1024];
        var length = await there.GetStream().ReadAsync(answer).AsTask().WaitAsync(Limit);
        Assert.NotEqual(0, length);

        var writer = await _here.ActorSelection("/system/endpointManager/*/endpointWriter").ResolveOne(Limit);
        Remote(_here).Quarantine(between, null);
        await Eventually.True(
            async () => (await _here.ActorSelection(writer.Path).Ask<ActorIdentity>(new Identify(0), Limit)).Subject is null, Limit,
            "the writer has ended");

        await here.GetStream().WriteAsync(answer.AsMemory(0, length));
        await request.WaitAsync(Limit);
    }

    private static IRemoteActorRefProvider Remote(ActorSystem system) => (IRemoteActorRefProvider)((ExtendedActorSystem)system).Provider;
}

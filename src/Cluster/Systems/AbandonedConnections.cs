using System.Reflection;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Akka.Remote.Transport;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// Closes connections to other nodes that Akka opened and then lost. <see cref="ActorSystems"/> starts one for each actor system; it
/// receives all dead letters of the system.
/// </summary>
/// <remarks>
/// When a node restarts under its address, both sides connect at once. The other node may stop its old writer while the writer still
/// connects, because a connection of the new process has arrived. Akka then delivers the new connection to the stopped writer, and
/// nobody closes it. The restarted node reads from this connection alone, and the other node writes to the other one: no message arrives,
/// and the restarted node can neither join nor hear the other node until one of the two processes ends. Both connections are closed here,
/// and Akka connects again after <c>retry-gate-closed-for</c>. This happens within milliseconds of the handshake, so no message has
/// been confirmed that the other side would miss.
/// </remarks>
internal sealed class AbandonedConnections : UntypedActor
{
    // Akka keeps the type of this message internal.
    private static readonly Type Opened = typeof(IRemoteActorRefProvider).Assembly.GetType("Akka.Remote.EndpointWriter+Handle", true)!;

    private static readonly PropertyInfo Handle = Opened.GetProperty("ProtocolHandle")
        ?? throw new MissingMemberException(Opened.FullName, "ProtocolHandle");

    private readonly ILogger _logger;

    public AbandonedConnections(ILogger logger)
    {
        _logger = logger;
        Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));
    }

    protected override void OnReceive(object message)
    {
        if (message is not DeadLetter letter || letter.Message.GetType() != Opened) return;
        var connection = (AssociationHandle)Handle.GetValue(letter.Message)!;
        ClusterLog.ConnectionAbandoned(_logger, connection.RemoteAddress.HostAndPort());
        connection.Disassociate("its writer has ended", Context.GetLogger());
        // Without an id of the remote process, Akka closes the other connections to the address and connects again soon.
        ((IRemoteActorRefProvider)((ExtendedActorSystem)Context.System).Provider).Quarantine(connection.RemoteAddress, null);
    }
}

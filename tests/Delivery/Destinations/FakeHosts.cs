using System.Collections.Concurrent;
using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>Hosts that connect, refuse, and take mail as the test says. Counts the connections that are open at the site, up to their last octet.</summary>
internal sealed class FakeHosts : IHostConnector
{
    private int _now;
    private int _max;

    public ConcurrentQueue<FakeConnection> Connections { get; } = new();

    public ConcurrentQueue<(FakeConnection Connection, PartId Part)> Sent { get; } = new();

    /// <summary>Most connections that were open at once.</summary>
    public int MaxOpen => Volatile.Read(ref _max);

    /// <summary>Why no connection can be made; null when it can.</summary>
    public SmtpReply? Refusal { get; set; }

    public Exception? Fault { get; set; }

    /// <summary>What becomes of a message.</summary>
    public Func<FakeConnection, SpooledPart, RecipientSet, Fence, ValueTask<SendResult>> Send { get; set; } =
        (connection, _, open, _) => new(Delivered(connection, open));

    /// <summary>Holds every QUIT up until it ends.</summary>
    public Task Quitting { get; set; } = Task.CompletedTask;

    public static SendResult Delivered(FakeConnection connection, RecipientSet open) => SendResult.Attempted(
        [new RecipientOutcome(open, Disposition.Delivered, new SmtpReply(250, new EnhancedStatus(2, 0, 0), "queued"), connection.RemoteHost)], 1);

    public ValueTask<ConnectResult> ConnectAsync(string hostName, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        if (Fault is { } fault) throw fault;
        if (Refusal is { } refusal) return new(new ConnectResult.Refused(refusal));
        FakeConnection connection = null!;
        connection = new FakeConnection($"{hostName}[{endpoint.Address}]:{endpoint.Port}", (part, open, fence) =>
        {
            Sent.Enqueue((connection, part.Id));
            return Send(connection, part, open, fence);
        })
        { Quitting = Quitting, Closed = () => Interlocked.Decrement(ref _now) };
        var now = Interlocked.Increment(ref _now);
        int seen;
        while (now > (seen = Volatile.Read(ref _max)) && Interlocked.CompareExchange(ref _max, now, seen) != seen)
        {
        }

        Connections.Enqueue(connection);
        return new(new ConnectResult.Connected(connection));
    }
}

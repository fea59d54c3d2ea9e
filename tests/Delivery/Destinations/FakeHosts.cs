using System.Collections.Concurrent;
using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>
/// Hosts connecting, refusing, and accepting mail as set by the test. Counts the open connections to the site, from the first to the last
/// octet.
/// </summary>
internal sealed class FakeHosts : IHostConnector
{
    private int _now;
    private int _max;

    public ConcurrentQueue<FakeConnection> Connections { get; } = new();

    public ConcurrentQueue<(FakeConnection Connection, PartId Part)> Sent { get; } = new();

    /// <summary>Largest number of simultaneous open connections.</summary>
    public int MaxOpen => Volatile.Read(ref _max);

    /// <summary>Number of connections open or being opened.</summary>
    public int Open => Volatile.Read(ref _now);

    /// <summary>Holds every greeting up until it ends.</summary>
    public Task Greeting { get; set; } = Task.CompletedTask;

    /// <summary>Why no connection can be made; null when it can.</summary>
    public SmtpReply? Refusal { get; set; }

    public Exception? Fault { get; set; }

    /// <summary>What becomes of a message.</summary>
    public Func<FakeConnection, SpooledPart, RecipientSet, FinalDotGuard, ValueTask<SendResult>> Send { get; set; } =
        (connection, _, open, _) => new(Delivered(connection, open));

    /// <summary>Holds every QUIT up until it ends.</summary>
    public Task Quitting { get; set; } = Task.CompletedTask;

    public static SendResult Delivered(FakeConnection connection, RecipientSet open) => SendResult.Attempted(
        [new RecipientOutcome(open, Disposition.Delivered, new SmtpReply(250, new EnhancedStatus(2, 0, 0), "queued"),
            connection.RemoteHost)], 1);

    public async ValueTask<ConnectResult> ConnectAsync(
        string hostName, EndPoint endpoint, Egress egress, CancellationToken cancellationToken)
    {
        if (Fault is { } fault) throw fault;
        if (Refusal is { } refusal) return new ConnectResult.Refused(refusal);
        var now = Interlocked.Increment(ref _now);
        int seen;
        while (now > (seen = Volatile.Read(ref _max)) && Interlocked.CompareExchange(ref _max, now, seen) != seen)
        {
        }

        try
        {
            await Greeting.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref _now);
            throw;
        }

        FakeConnection connection = null!;
        connection = new FakeConnection(
            $"{hostName}[{((IPEndPoint)endpoint).Address}]:{((IPEndPoint)endpoint).Port}", (part, open, guard) =>
        {
            Sent.Enqueue((connection, part.Id));
            return Send(connection, part, open, guard);
        })
        { Quitting = Quitting, Closed = () => Interlocked.Decrement(ref _now) };
        Connections.Enqueue(connection);
        return new ConnectResult.Connected(connection);
    }
}

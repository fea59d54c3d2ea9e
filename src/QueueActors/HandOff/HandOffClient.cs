using System.Threading.Channels;
using Akka.Actor;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;

namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// The bounded buffer between the sessions and the hand-off actor. A burst of parts wakes the actor with a single message. Parts beyond the
/// bound are left to the sweeper and counted. Thread-safe.
/// </summary>
internal sealed class HandOffClient(TimeProvider time) : IHandOff
{
    /// <summary>The maximum number of parts waiting for the actor.</summary>
    public const int Capacity = 10_000;

    private readonly Channel<PendingPart> _parts =
        Channel.CreateBounded<PendingPart>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    private IReadOnlyList<PendingPart> _left = [];
    private IActorRef? _actor;
    private int _isAwake;

    /// <summary>The gate at which clients wait while queues are behind; opened and closed by the actor.</summary>
    public HandOffGate Gate { get; } = new(time);

    /// <summary>The actor reading the parts; set at its start, and again when this process has another actor system.</summary>
    public IActorRef Actor
    {
        set
        {
            Volatile.Write(ref _actor, value);
            // Sent in any case: the last actor may have ended before it read its wake-up message.
            Interlocked.Exchange(ref _isAwake, 1);
            value.Tell(PartsOffered.Instance);
        }
    }

    public void Offer(ReadOnlySpan<PendingPart> parts)
    {
        var dropped = 0;
        foreach (var part in parts)
        {
            // Full: the rows are committed, and the sweeper will find them.
            if (!_parts.Writer.TryWrite(part)) dropped++;
        }

        if (dropped > 0) QueueMetrics.LeftToSweeper(dropped, "buffer");
        Wake();
    }

    public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken) => Gate.PassAsync(cancellationToken);

    /// <summary>Reads a part; called by the actor alone. After false, the next part wakes the actor.</summary>
    public bool TryTake(out PendingPart part)
    {
        if (_parts.Reader.TryRead(out part)) return true;
        // The flag is cleared first, then the buffer is read again: a part added in between wakes the actor or is read here. Both sides
        // have a full fence between their write and their read; otherwise both could miss the other's write.
        Interlocked.Exchange(ref _isAwake, 0);
        if (!_parts.Reader.TryRead(out part)) return false;
        Volatile.Write(ref _isAwake, 1);
        return true;
    }

    /// <summary>Keeps the unacknowledged parts of a stopping actor, for the next actor of this process.</summary>
    public void Leave(IReadOnlyList<PendingPart> parts) => Volatile.Write(ref _left, parts);

    /// <summary>The remaining parts of the last actor; returned once.</summary>
    public IReadOnlyList<PendingPart> TakeLeft() => Interlocked.Exchange(ref _left, []);

    private void Wake()
    {
        if (Volatile.Read(ref _actor) is { } actor && Interlocked.Exchange(ref _isAwake, 1) == 0) actor.Tell(PartsOffered.Instance);
    }

    /// <summary>Message to the actor: there are parts.</summary>
    internal sealed class PartsOffered : INoSerializationVerificationNeeded
    {
        public static readonly PartsOffered Instance = new();
    }
}

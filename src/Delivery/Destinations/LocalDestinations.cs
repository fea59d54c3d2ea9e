using System.Collections.Concurrent;
using Akka.Actor;

namespace Postfleet.Delivery.Destinations;

/// <summary>Asks a destination to take no more jobs, and to say when what it has is done.</summary>
internal sealed class Drain : INoSerializationVerificationNeeded
{
    public static readonly Drain Instance = new();

    private Drain()
    {
    }
}

/// <summary>
/// Tells a destination that its time is over: what still runs is cut off, and its queues send it again under the same number.
/// </summary>
internal sealed class GraceOver : INoSerializationVerificationNeeded
{
    public static readonly GraceOver Instance = new();

    private GraceOver()
    {
    }
}

/// <summary>The destinations that run on this node, so that a node that stops can have them finish first.</summary>
internal sealed class LocalDestinations
{
    private readonly ConcurrentDictionary<IActorRef, TaskCompletionSource> _destinations = new();
    private volatile bool _isDraining;

    /// <summary>Adds one that starts; says whether the node is stopping.</summary>
    public bool Add(IActorRef destination)
    {
        _destinations.TryAdd(destination, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return _isDraining;
    }

    /// <summary>One has nothing left to do.</summary>
    public void Drained(IActorRef destination)
    {
        if (_destinations.TryGetValue(destination, out var drained)) drained.TrySetResult();
    }

    /// <summary>One has stopped.</summary>
    public void Remove(IActorRef destination)
    {
        if (_destinations.TryRemove(destination, out var drained)) drained.TrySetResult();
    }

    /// <summary>Has all finish; returns when they have, or when the grace is over and they were told so.</summary>
    public async Task DrainAsync(CancellationToken graceOver)
    {
        _isDraining = true;
        foreach (var destination in _destinations.Keys) destination.Tell(Drain.Instance);
        try
        {
            await Task.WhenAll(_destinations.Values.Select(drained => drained.Task)).WaitAsync(graceOver);
        }
        catch (OperationCanceledException)
        {
            foreach (var destination in _destinations.Keys) destination.Tell(GraceOver.Instance);
        }
    }
}

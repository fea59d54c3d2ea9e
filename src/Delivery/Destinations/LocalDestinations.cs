using System.Collections.Concurrent;
using Akka.Actor;

namespace Postfleet.Delivery.Destinations;

/// <summary>Message to a destination: accept no more jobs, and report when the running jobs have ended.</summary>
internal sealed class Drain : INoSerializationVerificationNeeded
{
    public static readonly Drain Instance = new();

    private Drain()
    {
    }
}

/// <summary>
/// Message to a destination: the grace of the node is over. Running attempts are cut off, and their queues send them again under the same
/// number.
/// </summary>
internal sealed class GraceOver : INoSerializationVerificationNeeded
{
    public static readonly GraceOver Instance = new();

    private GraceOver()
    {
    }
}

/// <summary>Message to a destination: its node has other limits for destinations.</summary>
internal sealed class RulesChanged : INoSerializationVerificationNeeded
{
    public static readonly RulesChanged Instance = new();

    private RulesChanged()
    {
    }
}

/// <summary>The destinations on this node. A stopping node waits for them. Thread-safe.</summary>
internal sealed class LocalDestinations
{
    private readonly ConcurrentDictionary<IActorRef, TaskCompletionSource> _destinations = new();
    private volatile bool _isDraining;

    /// <summary>Adds a starting destination. Returns whether the node is stopping.</summary>
    public bool Add(IActorRef destination)
    {
        _destinations.TryAdd(destination, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return _isDraining;
    }

    /// <summary>A destination has no job, connection or unacknowledged outcome left.</summary>
    public void Drained(IActorRef destination)
    {
        if (_destinations.TryGetValue(destination, out var drained)) drained.TrySetResult();
    }

    /// <summary>A destination has stopped.</summary>
    public void Remove(IActorRef destination)
    {
        if (_destinations.TryRemove(destination, out var drained)) drained.TrySetResult();
    }

    /// <summary>Tells all destinations that their limits have changed.</summary>
    public void ChangeRules()
    {
        foreach (var destination in _destinations.Keys) destination.Tell(RulesChanged.Instance);
    }

    /// <summary>
    /// Drains all destinations. Returns when they are drained, or when the grace is over and they were sent <see cref="GraceOver"/>.
    /// </summary>
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

namespace Postfleet.Simulation.Tests.Models;

/// <summary>Something with a mailbox.</summary>
internal interface IActor
{
    Node Node { get; }

    bool IsStopped { get; }

    void Receive(object message, IActor sender);
}

/// <summary>An actor hosted by a shard.</summary>
internal interface IEntity : IActor
{
    /// <summary>Begins.</summary>
    void Start();

    /// <summary>Its own message to stop has come: its shard moves, or it passivates.</summary>
    void Stop();

    /// <summary>Stops it at once.</summary>
    void Kill();
}

/// <summary>Names an entity. Each entity is a shard of its own here.</summary>
internal readonly record struct EntityId(bool IsQueue, string Name)
{
    public override string ToString() => Name;
}

namespace Postfleet.QueueActors;

/// <summary>Asks a queue entity to stop once what it is persisting is durable: for passivation and when its shard moves.</summary>
internal sealed class StopQueue : Akka.Actor.INoSerializationVerificationNeeded
{
    public static readonly StopQueue Instance = new();

    private StopQueue()
    {
    }
}

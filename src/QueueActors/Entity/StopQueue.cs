namespace Postfleet.QueueActors.Entity;

/// <summary>Asks a queue to stop once its pending rows are durable: for passivation and for the hand-off of its shard.</summary>
internal sealed class StopQueue : Akka.Actor.INoSerializationVerificationNeeded
{
    public static readonly StopQueue Instance = new();

    private StopQueue()
    {
    }
}

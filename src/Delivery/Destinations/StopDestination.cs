namespace Postfleet.Delivery.Destinations;

/// <summary>Asks a destination to stop: no new jobs, those that run end, and their outcomes are acknowledged or the grace ends.</summary>
internal sealed class StopDestination : Akka.Actor.INoSerializationVerificationNeeded
{
    public static readonly StopDestination Instance = new();

    private StopDestination()
    {
    }
}

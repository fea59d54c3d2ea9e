namespace Postfleet.Delivery.Destinations;

/// <summary>
/// Message to a destination: stop when the running jobs have ended and their outcomes are acknowledged, or when the grace is over.
/// </summary>
internal sealed class StopDestination : Akka.Actor.INoSerializationVerificationNeeded
{
    public static readonly StopDestination Instance = new();

    private StopDestination()
    {
    }
}

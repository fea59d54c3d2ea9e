namespace Postfleet.Delivery.Destinations.State;

/// <summary>The earlier of two times, either of which may be absent. Pure.</summary>
internal static class Earliest
{
    public static DateTimeOffset? Of(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;
}

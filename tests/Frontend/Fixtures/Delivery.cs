namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>How a client's octets arrive.</summary>
internal enum Delivery
{
    /// <summary>All that the client says before it listens, at once.</summary>
    Whole,

    /// <summary>Line by line.</summary>
    Lines,

    /// <summary>Octet by octet.</summary>
    Octets,
}

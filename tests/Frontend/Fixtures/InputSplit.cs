namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>The pieces in which a client's octets arrive.</summary>
internal enum InputSplit
{
    /// <summary>All octets before the client's next read, in a single piece.</summary>
    Whole,

    /// <summary>Line by line.</summary>
    Lines,

    /// <summary>Octet by octet.</summary>
    Octets,
}

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>The pieces in which a client's octets arrive.</summary>
internal enum InputSplit
{
    /// <summary>All octets that the client sends before its next read, in one piece.</summary>
    Whole,

    /// <summary>Line by line.</summary>
    Lines,

    /// <summary>Octet by octet.</summary>
    Octets,
}

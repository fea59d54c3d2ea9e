namespace Postfleet.Frontend.Filters;

/// <summary>How far a filter follows a session.</summary>
internal enum Following
{
    /// <summary>The filter follows the session.</summary>
    Asking,

    /// <summary>The filter has accepted the client.</summary>
    ClientAccepted,

    /// <summary>The filter has accepted the message.</summary>
    MessageAccepted,

    /// <summary>The filter discards the message.</summary>
    MessageDiscarded,

    /// <summary>The filter has failed, and is not asked up to the next message.</summary>
    Failed,
}

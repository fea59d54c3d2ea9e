namespace Postfleet.Frontend.Common;

/// <summary>How a dialogue ended.</summary>
internal enum AuthenticationEnd
{
    /// <summary>The client is authenticated.</summary>
    Succeeded,

    /// <summary>Wrong credentials.</summary>
    Failed,

    /// <summary>The client does not follow the mechanism.</summary>
    Malformed,

    /// <summary>The client has cancelled the dialogue.</summary>
    Cancelled,

    /// <summary>The users could not be read.</summary>
    Unavailable,
}

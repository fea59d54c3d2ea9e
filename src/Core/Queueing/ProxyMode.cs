namespace Postfleet.Core.Queueing;

/// <summary>Whether mail of strangers is passed on to the host of a route while the client waits, before it is accepted.</summary>
public enum ProxyMode
{
    /// <summary>Mail is accepted and queued.</summary>
    None,

    /// <summary>Mail is passed on; while the host cannot be reached, the client is asked to try again later.</summary>
    Defer,

    /// <summary>Mail is passed on; while the host cannot be reached, mail is accepted and queued.</summary>
    Queue,
}

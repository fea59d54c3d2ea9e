using System.Net;
using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Receiving;

/// <summary>What a check sees of the session that it judges. It shows the session as it is now, so a check keeps nothing of it.</summary>
public interface ISessionView
{
    /// <summary>The listener that the client has come to.</summary>
    ListenerProfile Listener { get; }

    /// <summary>The client's address; behind a trusted proxy the one that the proxy names.</summary>
    IPAddress Client { get; }

    /// <summary>Whether the client is in a trusted network.</summary>
    bool IsTrusted { get; }

    /// <summary>What the client calls itself; empty before HELO or EHLO is taken.</summary>
    string ClientName { get; }

    /// <summary>
    /// The user that the client has authenticated as (RFC 4954); null before authentication, and again once TLS has started.
    /// </summary>
    string? AuthenticatedUser { get; }

    /// <summary>Whether TLS is active.</summary>
    bool IsSecure { get; }

    /// <summary>The reverse-path of the transaction; null for the null reverse-path, and outside of a transaction.</summary>
    Mailbox? ReversePath { get; }

    /// <summary>The recipients that are taken so far, each once.</summary>
    IReadOnlyList<Mailbox> Recipients { get; }
}

using System.Net;
using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Receiving;

/// <summary>The view of a session for checks. It shows the present state of the session: a check must not keep it.</summary>
public interface ISessionView
{
    /// <summary>The listener of the session.</summary>
    ListenerProfile Listener { get; }

    /// <summary>The client's address; behind a trusted proxy the address in the PROXY header.</summary>
    IPAddress Client { get; }

    /// <summary>Whether the client is in a trusted network.</summary>
    bool IsTrusted { get; }

    /// <summary>The client's name in HELO or EHLO; empty before.</summary>
    string ClientName { get; }

    /// <summary>The client's authenticated user (RFC 4954); null before authentication, and again once TLS has started.</summary>
    string? AuthenticatedUser { get; }

    /// <summary>Whether TLS is active.</summary>
    bool IsSecure { get; }

    /// <summary>The reverse-path of the transaction; null for the null reverse-path, and outside of a transaction.</summary>
    Mailbox? ReversePath { get; }

    /// <summary>The accepted recipients so far, without duplicates.</summary>
    IReadOnlyList<Mailbox> Recipients { get; }
}

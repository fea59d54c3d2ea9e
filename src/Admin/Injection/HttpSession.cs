using System.Net;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Admin.Injection;

/// <summary>The view of a request with a message for the checks of the SMTP server.</summary>
internal sealed class HttpSession : ISessionView
{
    /// <inheritdoc/>
    public required ListenerProfile Listener { get; init; }

    /// <inheritdoc/>
    public required IPAddress Client { get; init; }

    /// <summary>True: the holder of a token may send to any domain.</summary>
    public bool IsTrusted => true;

    /// <summary>Empty, since HTTP has no HELO.</summary>
    public string ClientName => "";

    /// <summary>The name of the token.</summary>
    public required string AuthenticatedUser { get; init; }

    /// <inheritdoc/>
    public required bool IsSecure { get; init; }

    /// <inheritdoc/>
    public required Mailbox? ReversePath { get; init; }

    /// <summary>The accepted recipients so far.</summary>
    public List<Mailbox> Accepted { get; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<Mailbox> Recipients => Accepted;
}

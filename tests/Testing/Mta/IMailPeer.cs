using System.Net;

namespace Postfleet.Testing;

/// <summary>
/// A mail server that no one here wrote, on a loopback address of its own. It stores what it takes for its domain, writes down how it was
/// spoken to, and sends other mail on.
/// </summary>
public interface IMailPeer : IAsyncDisposable
{
    /// <summary>The domain whose mail, and that of the domains below it, it stores.</summary>
    string Domain { get; }

    /// <summary>The name in its certificate.</summary>
    string Host { get; }

    /// <summary>Where it offers STARTTLS.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>The messages in a recipient's mailbox.</summary>
    IReadOnlyList<StoredMail> Messages(string recipient);

    /// <summary>The commands with which mail came, MAIL and RCPT, as they were received.</summary>
    IReadOnlyList<string> Commands();

    /// <summary>All lines of its log.</summary>
    IReadOnlyList<string> Log();
}

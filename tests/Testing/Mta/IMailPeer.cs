using System.Net;

namespace Postfleet.Testing;

/// <summary>
/// A foreign mail server on a loopback address of its own. It stores mail for its domain, logs the received commands, and relays other
/// mail.
/// </summary>
public interface IMailPeer : IAsyncDisposable
{
    /// <summary>The domain whose mail it stores, including subdomains.</summary>
    string Domain { get; }

    /// <summary>The name in its certificate.</summary>
    string Host { get; }

    /// <summary>The endpoint that offers STARTTLS.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>The messages in a recipient's mailbox.</summary>
    IReadOnlyList<StoredMail> Messages(string recipient);

    /// <summary>The received MAIL and RCPT commands.</summary>
    IReadOnlyList<string> Commands();

    /// <summary>All lines of its log.</summary>
    IReadOnlyList<string> Log();
}

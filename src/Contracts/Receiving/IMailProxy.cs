using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Receiving;

/// <summary>How a question about a recipient ended.</summary>
public enum ProxyResult
{
    /// <summary>The host has replied.</summary>
    Replied,

    /// <summary>The host cannot be reached, or has not replied.</summary>
    Away,

    /// <summary>The mail of the recipient does not go to a host that a route names, for example since an operator has moved it.</summary>
    NotProxied,
}

/// <summary>The answer of the host behind a proxy about a recipient.</summary>
/// <param name="Result">How the question ended.</param>
/// <param name="Reply">The reply of the host, or the reason why there is none.</param>
public readonly record struct ProxyAnswer(ProxyResult Result, SmtpReply Reply);

/// <summary>The outcome of a recipient of a message that was passed on.</summary>
/// <param name="Recipient">The recipient.</param>
/// <param name="Reply">The deciding reply.</param>
/// <param name="IsOwn">Whether the reply is this node's, since the host has not replied, or cannot receive the message.</param>
public readonly record struct ProxyOutcome(Mailbox Recipient, SmtpReply Reply, bool IsOwn);

/// <summary>The result of passing a message on.</summary>
/// <param name="Outcomes">The outcome of each recipient.</param>
/// <param name="RemoteHost">Name and address of the host; empty where none was reached.</param>
/// <param name="IsUncertain">Whether the host has got the whole message, and the reply did not come.</param>
public sealed record ProxiedMessage(IReadOnlyList<ProxyOutcome> Outcomes, string RemoteHost, bool IsUncertain)
{
    /// <summary>
    /// Whether the mail does not go to one host that a route names, for example since an operator has moved it after the questions about
    /// the recipients. No host was asked; the message is to be queued.
    /// </summary>
    public bool IsNotProxied { get; init; }
}

/// <summary>
/// Passes mail on to the host of a route while the client waits, so that the replies of the host are those to the client. Thread-safe.
/// Faults of the network and of the host are answers, too.
/// </summary>
public interface IMailProxy
{
    /// <summary>Longest time for an answer about a recipient: a client waits for it.</summary>
    static readonly TimeSpan MaxQuestion = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Asks the host about a recipient, by a transaction that ends before DATA. The answer comes within <see cref="MaxQuestion"/>.
    /// </summary>
    /// <param name="sender">The reverse-path; null for the null reverse-path.</param>
    /// <param name="recipient">The recipient.</param>
    /// <param name="size">The size in octets that the client has declared; null for none.</param>
    /// <param name="stream">The stream that the message has, by the rules of <see cref="Core.Queueing.QueueKey"/>.</param>
    /// <param name="cancellationToken">Gives the question up.</param>
    /// <exception cref="OperationCanceledException">The question was given up.</exception>
    Task<ProxyAnswer> AskAsync(Mailbox? sender, Mailbox recipient, long? size, string stream, CancellationToken cancellationToken);

    /// <summary>
    /// Passes a complete message on. The wait ends nine minutes after the end of the content, since clients wait for ten (RFC 5321 section
    /// 4.5.3.2).
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="spent">The time since the client has sent the end of the content.</param>
    Task<ProxiedMessage> SendAsync(Submission message, TimeSpan spent);
}

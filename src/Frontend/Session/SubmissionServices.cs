using Postfleet.Contracts.Budgets;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>What the sessions of submission listeners need beside the services of all sessions. Immutable; thread-safe.</summary>
/// <param name="Sasl">The server's side of SASL.</param>
/// <param name="Present">Gives the server's side of SASL after the last reload, for the rights of users in open sessions.</param>
/// <param name="Auth">Section <c>Auth</c>.</param>
/// <param name="Rules">Section <c>Submission</c>.</param>
internal sealed record SubmissionServices(ISaslServer Sasl, Func<ISaslServer> Present, AuthOptions Auth, SubmissionOptions Rules)
{
    /// <summary>The extensions of MAIL; null to offer none.</summary>
    public IMailExtensions? Extensions { get; init; }

    /// <summary>The limits of the cluster; null where limits of users are not applied.</summary>
    public IBudgets? Budgets { get; init; }

    /// <summary>The networks whose clients may authenticate without TLS.</summary>
    public NetworkSet PlaintextNetworks { get; } = new(Auth.PlaintextNetworks);

    /// <summary>Completes the header of a submitted message and checks its authors. Messages of other clients stay as they are.</summary>
    /// <param name="session">The session, with the transaction.</param>
    /// <param name="content">The content.</param>
    /// <param name="traceLength">The length of this host's trace header above it.</param>
    /// <param name="hostname">The name of this host.</param>
    /// <param name="now">The time.</param>
    /// <returns>The refusing reply; null for an acceptable message.</returns>
    public byte[]? Complete(IStagedSession session, ref MessageContent content, int traceLength, string hostname, DateTimeOffset now)
    {
        if (session.Login is not { } login) return null;
        var header = SubmittedHeader.Read(content.Octets);
        if (header.HasTooManyFields) return Replies.TooManyFields;
        var transaction = session.Transaction;
        if (AuthorRefusal(header, transaction.ReversePath, login, content) is { } refusal) return Replies.Line(refusal);
        content = header.Complete(content, traceLength, transaction.ReversePath, transaction.Id, hostname, now);
        return null;
    }

    /// <summary>Why the rights of a user do not allow a message, as a reply; null if they do.</summary>
    /// <param name="login">The user.</param>
    /// <param name="reversePath">The reverse-path.</param>
    /// <param name="content">The message.</param>
    public string? RightsRefusal(Login login, Mailbox? reversePath, MessageContent content)
    {
        if (Rules.CheckSender == SenderCheckKind.None) return null;
        if (reversePath is not null && !login.User.MaySendFrom(reversePath)) return SenderCheck.NotOwned;
        return AuthorRefusal(SubmittedHeader.Read(content.Octets), reversePath, login, content);
    }

    private string? AuthorRefusal(SubmittedHeader header, Mailbox? reversePath, Login login, MessageContent content) =>
        Rules.CheckSender == SenderCheckKind.All ? header.Refusal(content.Octets, reversePath, login.User.MaySendFrom) : null;
}

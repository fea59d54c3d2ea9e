using System.Text;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Rewriting;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The recipient stage: RCPT. A header of its checks is added to the message for all recipients; a discard applies to the present recipient
/// alone. An accepted recipient of an inbound domain becomes the addresses for which it stands. Called by the session's machine.
/// </summary>
/// <param name="limits">The limits of sessions.</param>
/// <param name="relay">The relay policy, for the postmaster.</param>
/// <param name="checks">The checks of the stage, which see the recipient as the client named it.</param>
/// <param name="rewriter">The changes of addresses; null for none.</param>
/// <param name="recipients">The recipients of the inbound domains; null where each is accepted.</param>
internal sealed class RecipientStage(
    SmtpOptions limits, RelayPolicy relay, CheckList<RecipientSubject> checks, RecipientRules? recipients = null,
    Rewriter? rewriter = null)
{
    public CommandResult Handle(IStagedSession session, ReadOnlySpan<byte> argument)
    {
        var result = PathParser.Parse(argument, "TO:"u8, session.IsTrusted, out var mailbox, out var parameters);
        if (!session.Transaction.Parameters.IsSmtpUtf8 && !Ascii.IsValid(argument)) return CommandResult.Error(Replies.NotAscii);
        if (result is PathResult.Invalid or PathResult.Null) return CommandResult.Error(Replies.BadRecipient);
        if (result == PathResult.TooLong) return CommandResult.Error(Replies.LongRecipient);
        if (result == PathResult.LongDomain) return CommandResult.Error(Replies.LongRecipientDomain);
        if (!DsnParameters.TryParseRecipient(parameters, out var request, out var refused))
            return CommandResult.Error(Replies.BadParameter(refused));
        var isPostmaster = result == PathResult.Postmaster || relay.IsPostmaster(mailbox!);
        if (AddressFor(session, mailbox, isPostmaster) is not { } address) return CommandResult.Error(Replies.NoPostmaster);
        // Not an error: the client sends the message again to the remaining recipients (RFC 5321 section 4.5.3.1.10). The checks need not
        // see recipients without an end.
        if (session.Transaction.Accepted >= limits.MaxRecipients) return new CommandResult(Replies.TooManyRecipients);
        if (!isPostmaster && address != mailbox) request = RecipientRules.RequestFor(mailbox!, request);
        var subject = new RecipientSubject(session, address, request, isPostmaster);
        return Conclude(session, subject, checks.Run(subject));
    }

    /// <summary>The address that the checks of the stage would see for the path of a RCPT command.</summary>
    /// <param name="session">The session.</param>
    /// <param name="result">How the path was read.</param>
    /// <param name="mailbox">The mailbox that the path names; null for none.</param>
    /// <returns>The address; null for none.</returns>
    public Mailbox? AddressOf(IStagedSession session, PathResult result, Mailbox? mailbox) => result switch
    {
        PathResult.Mailbox => AddressFor(session, mailbox, relay.IsPostmaster(mailbox!)),
        PathResult.Postmaster => AddressFor(session, null, isPostmaster: true),
        _ => null,
    };

    private Mailbox? AddressFor(IStagedSession session, Mailbox? mailbox, bool isPostmaster) =>
        isPostmaster ? relay.PostmasterFor(session.IsTrusted || session.Login is not null)
        : rewriter is null ? mailbox : rewriter.Recipient(mailbox!);

    public CommandResult Conclude(IStagedSession session, in RecipientSubject subject, in StageResult result)
    {
        if (!session.TryAccept(result, out var otherwise)) return otherwise;
        // The entries may have changed since the checks.
        var expansion = result.IsDiscarded ? Expansion.Unchanged : recipients?.Expand(subject) ?? Expansion.Unchanged;
        return expansion.Result switch
        {
            ExpansionResult.Unchanged => Added(session.Transaction.TryAdd(subject.Recipient, subject.Request, result)),
            ExpansionResult.Changed => Add(session.Transaction, subject, expansion.Targets, result),
            _ => session.TryAccept(result with { Verdict = RecipientRules.VerdictOn(expansion) }, out var refusal)
                ? throw new InvalidOperationException("an unknown recipient is not accepted") : refusal,
        };
    }

    private CommandResult Add(
        Transaction transaction, in RecipientSubject subject, IReadOnlyList<Mailbox> targets, in StageResult result)
    {
        // An alias with more targets is accepted alone: otherwise it could never be reached.
        if (transaction.Recipients.Count > 0 && transaction.Recipients.Count + targets.Count > limits.MaxRecipients)
            return new CommandResult(Replies.TooManyRecipients);
        var request = RecipientRules.RequestFor(subject.Recipient, subject.Request, targets.Count, out var isExpanded);
        if (!transaction.TryAddTargets(subject.Recipient, targets, request, result)) return Added(isAdded: false);
        var named = new ExpandedRecipient(subject.Recipient, subject.Request.OriginalRecipient);
        if (isExpanded && !transaction.Expanded.Exists(other => other.Address == named.Address)) transaction.Expanded.Add(named);
        return Added(isAdded: true);
    }

    // A first recipient without memory must not open the way to DATA.
    private static CommandResult Added(bool isAdded) =>
        isAdded ? new CommandResult(Replies.RecipientOk) : CommandResult.InsufficientStorage;
}

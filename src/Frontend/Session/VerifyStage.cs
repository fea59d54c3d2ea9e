using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Session;

/// <summary>
/// VRFY and EXPN (RFC 5321 section 3.5), by the recipient files: for users and own machines alone, by option, since the answers tell
/// strangers whom to send unwanted mail (section 7.3). Called by the session's machine.
/// </summary>
/// <param name="recipients">The recipients of the inbound domains; null where each is accepted.</param>
internal sealed class VerifyStage(RecipientRules? recipients)
{
    /// <summary>Answers VRFY or EXPN.</summary>
    public CommandResult Handle(IStagedSession session, Verb verb, ReadOnlySpan<byte> argument)
    {
        if (recipients is not { Inbound.Verify: VerifyPermission.Users } || !(session.IsTrusted || session.Login is not null))
            return verb == Verb.Vrfy ? new CommandResult(Replies.CannotVerify, IsJunk: true) : CommandResult.Error(Replies.NotImplemented);
        if (argument.IsEmpty) return CommandResult.Error(Replies.ArgumentNeeded);
        var text = Encoding.UTF8.GetString(argument.Trim((byte)' '));
        if (text is ['<', .., '>']) text = text[1..^1];
        if (!Mailbox.TryParse(text, out var address)) return CommandResult.Error(Replies.BadRecipient);
        return new CommandResult(Answer(recipients, session, verb, address), IsJunk: true);
    }

    private static byte[] Answer(RecipientRules recipients, IStagedSession session, Verb verb, Mailbox address)
    {
        if (!recipients.IsInbound(address.Domain)) return Replies.CannotVerify;
        var expansion = recipients.Expand(new RecipientSubject(session, address, DsnRequest.None, IsPostmaster: false));
        if (expansion.Result is ExpansionResult.Unknown or ExpansionResult.TooLarge)
            return RecipientRules.VerdictOn(expansion).Reply.ToArray();
        // Whether it exists is not known here.
        if (expansion.Open is not null) return Replies.CannotVerify;
        IReadOnlyList<Mailbox> shown = verb == Verb.Vrfy || expansion.Targets.Count == 0 ? [address] : expansion.Targets;
        // Addresses beyond ASCII need a parameter of their own (RFC 6531 section 3.7.4.2).
        if (shown.Any(mailbox => !mailbox.IsAscii)) return Replies.CannotVerify;
        var lines = shown.Select((mailbox, i) => $"250{(i == shown.Count - 1 ? ' ' : '-')}2.1.5 <{mailbox.Address}>");
        return Replies.Line(string.Join("\r\n", lines));
    }
}

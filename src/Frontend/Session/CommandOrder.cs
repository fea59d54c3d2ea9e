using Postfleet.Frontend.Protocol;
using static Postfleet.Frontend.Session.ArgumentRule;
using static Postfleet.Frontend.Session.Replies;

namespace Postfleet.Frontend.Session;

/// <summary>The effect of a verb in a state: a refusal, or the next state of an accepted command.</summary>
/// <param name="Refusal">The refusing reply; null where the verb is allowed.</param>
/// <param name="Next">The state after a positive reply.</param>
internal readonly record struct Transition(byte[]? Refusal, SessionState Next);

/// <summary>Whether a verb takes an argument.</summary>
internal enum ArgumentRule
{
    Optional,
    None,
    Needed,
}

/// <summary>
/// The order of commands (RFC 5321 section 4.1.4) as a table: for each verb and state, the next state or the refusal. The session's machine
/// looks every command up here. STARTTLS needs no EHLO, since the GNU SASL program sends none before it.
/// </summary>
internal static class CommandOrder
{
    private const SessionState C = SessionState.Connected;
    private const SessionState G = SessionState.Greeted;
    private const SessionState M = SessionState.Mail;
    private const SessionState F = SessionState.Refused;
    private const SessionState R = SessionState.Recipients;
    private const SessionState B = SessionState.Chunks;

    private static readonly Rule[] Rules = SortedByVerb(
    [
        //                              Connected       Greeted        Mail            Refused           Recipients      Chunks
        new(Verb.Helo, Needed,         [To(G),          To(G),         To(G),          To(G),            To(G),          To(G)]),
        new(Verb.Ehlo, Needed,         [To(G),          To(G),         To(G),          To(G),            To(G),          To(G)]),
        new(Verb.Mail, Needed,         [No(HelloFirst), To(M),         No(NestedMail), No(NestedMail),   No(NestedMail), No(NestedMail)]),
        new(Verb.Rcpt, Needed,         [No(MailFirst),  No(MailFirst), To(R),          To(R),            To(R),          No(InChunks)]),
        new(Verb.Data, None,           [No(MailFirst),  No(MailFirst), No(RcptFirst),  No(NoRecipients), To(G),          No(InChunks)]),
        new(Verb.Bdat, Needed,         [No(MailFirst),  No(MailFirst), No(RcptFirst),  No(NoRecipients), To(B),          To(B)]),
        new(Verb.Rset, None,           [To(C),          To(G),         To(G),          To(G),            To(G),          To(G)]),
        new(Verb.StartTls, None,       [To(C),          To(C),         No(MailOpen),   No(MailOpen),     No(MailOpen),   No(MailOpen)]),
        new(Verb.Auth, Optional,       [No(HelloFirst), To(G),         No(MailOpen),   No(MailOpen),     No(MailOpen),   No(MailOpen)]),
        new(Verb.Noop, Optional, Unchanged()),
        new(Verb.Vrfy, Needed, Unchanged()),
        new(Verb.Help, Optional, Unchanged()),
        new(Verb.Quit, None, Unchanged()),
        new(Verb.Expn, Optional, Unchanged()),
        new(Verb.Unknown, Optional, Always(UnknownCommand)),
        new(Verb.Foreign, Optional, Always(NotSmtp)),
    ]);

    /// <summary>Finds the effect of a command.</summary>
    /// <param name="state">The session's state.</param>
    /// <param name="verb">The command's verb.</param>
    /// <param name="hasArgument">Whether the command has an argument.</param>
    public static Transition Find(SessionState state, Verb verb, bool hasArgument)
    {
        var rule = Rules[(int)verb];
        var transition = rule.Cells[(int)state];
        if (transition.Refusal is not null) return transition;
        if (hasArgument && rule.Argument == None) return No(NoArgument);
        // The stages of MAIL and RCPT refuse a missing argument with a more precise reply.
        if (hasArgument || rule.Argument != Needed) return transition;
        return verb switch
        {
            Verb.Helo or Verb.Ehlo => No(NameNeeded),
            Verb.Vrfy => No(ArgumentNeeded),
            _ => transition,
        };
    }

    private static Transition To(SessionState next) => new(null, next);

    private static Transition No(byte[] refusal) => new(refusal, default);

    private static Transition[] Unchanged() => [To(C), To(G), To(M), To(F), To(R), To(B)];

    private static Transition[] Always(byte[] refusal) => [.. Unchanged().Select(_ => No(refusal))];

    private static Rule[] SortedByVerb(Rule[] rules) => [.. rules.OrderBy(rule => rule.Verb)];

    private sealed record Rule(Verb Verb, ArgumentRule Argument, Transition[] Cells);
}

using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>What a verb does in a state: a refusal, or the state that follows when the command itself is found good.</summary>
/// <param name="Refusal">The reply that refuses; null where the verb is allowed.</param>
/// <param name="Next">The state after a positive reply.</param>
internal readonly record struct Transition(byte[]? Refusal, SessionState Next);

/// <summary>Whether a verb has an argument.</summary>
internal enum Argument
{
    Optional,
    None,
    Needed,
}

/// <summary>The order of commands (RFC 5321 section 4.1.4) as data: state by verb, the next state or the refusal.</summary>
internal static class PolicyTable
{
    private const SessionState C = SessionState.Connected;
    private const SessionState G = SessionState.Greeted;
    private const SessionState M = SessionState.Mail;
    private const SessionState F = SessionState.Refused;
    private const SessionState R = SessionState.Recipients;
    private const SessionState B = SessionState.Chunks;

    private static readonly Rule[] Rules = Order(
    [
        //                                   Connected               Greeted                 Mail                         Refused           
        //              Recipients                 Chunks
        new(Verb.Helo, Argument.Needed,     [To(G),                  To(G),                  To(G),                       To(G),                          To(G),                     To(G)]),
        new(Verb.Ehlo, Argument.Needed,     [To(G),                  To(G),                  To(G),                       To(G),                          To(G),                     To(G)]),
        new(Verb.Mail, Argument.Needed,     [No(Replies.HelloFirst), To(M),                  No(Replies.NestedMail),      No(Replies.NestedMail),         No(Replies.NestedMail),    No(Replies.NestedMail)]),
        new(Verb.Rcpt, Argument.Needed,     [No(Replies.MailFirst),  No(Replies.MailFirst),  To(R),                       To(R),                          To(R),                     No(Replies.InChunks)]),
        new(Verb.Data, Argument.None,       [No(Replies.MailFirst),  No(Replies.MailFirst),  No(Replies.RecipientFirst),  No(Replies.NoValidRecipients),  To(G),                     No(Replies.InChunks)]),
        new(Verb.Bdat, Argument.Needed,     [No(Replies.MailFirst),  No(Replies.MailFirst),  No(Replies.RecipientFirst),  No(Replies.NoValidRecipients),  To(B),                     To(B)]),
        new(Verb.Rset, Argument.None,       [To(C),                  To(G),                  To(G),                       To(G),                          To(G),                     To(G)]),
        new(Verb.Noop, Argument.Optional,   Same()),
        new(Verb.Vrfy, Argument.Needed,     Same()),
        new(Verb.Expn, Argument.Optional,   Never(Replies.NotImplemented)),
        new(Verb.Help, Argument.Optional,   Same()),
        new(Verb.Quit, Argument.None,       Same()),
        new(Verb.StartTls, Argument.None,   [No(Replies.HelloFirst), To(C),                  No(Replies.InTransaction),   No(Replies.InTransaction),      No(Replies.InTransaction), No(Replies.InTransaction)]),
        new(Verb.Unknown, Argument.Optional, Never(Replies.UnknownCommand)),
        new(Verb.Foreign, Argument.Optional, Never(Replies.NotSmtp)),
    ]);

    /// <summary>Looks a command up.</summary>
    public static Transition Find(SessionState state, Verb verb, bool hasArgument)
    {
        var rule = Rules[(int)verb];
        var transition = rule.Cells[(int)state];
        if (transition.Refusal is not null) return transition;
        if (hasArgument && rule.Argument == Argument.None) return No(Replies.NoArgument);
        // What a missing argument should have been, MAIL and RCPT say better themselves.
        if (hasArgument || rule.Argument != Argument.Needed) return transition;
        return verb switch
        {
            Verb.Helo or Verb.Ehlo => No(Replies.NameNeeded),
            Verb.Vrfy => No(Replies.ArgumentNeeded),
            _ => transition,
        };
    }

    private static Transition To(SessionState next) => new(null, next);

    private static Transition No(byte[] refusal) => new(refusal, default);

    private static Transition[] Same() => [To(C), To(G), To(M), To(F), To(R), To(B)];

    private static Transition[] Never(byte[] refusal) => [.. Same().Select(_ => No(refusal))];

    private static Rule[] Order(Rule[] rules) => [.. rules.OrderBy(rule => rule.Verb)];

    private sealed record Rule(Verb Verb, Argument Argument, Transition[] Cells);
}

using System.Net;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The policy of a session: command in, reply and effect out. It writes nothing and waits for nothing: where a check has a question, the
/// effect is
/// <see cref="SessionEffect.Ask"/>, and <see cref="Resume"/> takes the answer. Which verb may come when stands in <see
/// cref="PolicyTable"/>; what each of them asks of its
/// argument, and which checks judge it, in the stages.
/// </summary>
internal sealed class SessionMachine(ServerReplies own, SessionProfile profile, RelayPolicy relay, IPAddress client, BodyMemory memory)
    : IStagedSession
{
    private int _transactions;
    private StageMarks _helloMarks;
    private Verb _askedVerb;
    private SessionState _askedNext;

    /// <inheritdoc/>
    public ListenerProfile Listener => profile.Listener;

    /// <inheritdoc/>
    public IPAddress Client => client;

    /// <summary>Whether the client may send anywhere; such clients are also forgiven what old programs and devices do.</summary>
    public bool IsTrusted { get; } = relay.IsTrusted(client);

    /// <summary>The reverse-path of the transaction for the log; empty outside of one.</summary>
    public string Sender => State is SessionState.Connected or SessionState.Greeted ? "" : Transaction.ReversePath?.Address ?? "<>";

    /// <summary>The transaction. There is one object for all of the session's, and the machine owns it.</summary>
    public Transaction Transaction { get; } = new(memory.OpenLease(relay.IsTrusted(client) ? null : client));

    public SessionState State { get; private set; }

    /// <summary>What the client calls itself; empty before HELO or EHLO.</summary>
    public string ClientName { get; private set; } = "";

    /// <summary>Whether the client has said EHLO.</summary>
    public bool IsExtended { get; private set; }

    /// <summary>Whether TLS is active.</summary>
    public bool IsSecure { get; private set; }

    /// <inheritdoc/>
    public Mailbox? ReversePath => Transaction.ReversePath;

    /// <inheritdoc/>
    public IReadOnlyList<Mailbox> Recipients => Transaction.Recipients;

    /// <summary>What the last BDAT has said.</summary>
    public Chunk Chunk { get; private set; }

    /// <summary>What has to be answered before anything else is handled; null for nothing.</summary>
    public Question? Question { get; private set; }

    /// <summary>What the checks of the connection have said about all mail of the session.</summary>
    public StageMarks ConnectMarks { get; set; }

    /// <summary>The check that has the present message discarded; null where somebody gets it.</summary>
    public string? DiscardedBy =>
        ConnectMarks.DiscardedBy ?? _helloMarks.DiscardedBy ?? (Transaction.IsDiscarded ? Transaction.DiscardedBy : null);

    /// <summary>The headers that checks have added to the present message, in the order of the stages; null for none.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Headers =>
        ConnectMarks.Headers is null && _helloMarks.Headers is null && Transaction.Headers is null
            ? null : [.. ConnectMarks.Headers ?? [], .. _helloMarks.Headers ?? [], .. Transaction.Headers ?? []];

    /// <summary>A client has connected.</summary>
    public Answer Connect() => profile.Connect.Handle(this);

    public Answer Handle(ReadOnlySpan<byte> line)
    {
        var verb = CommandParser.Parse(line, out var argument);
        // A web page can make a browser send mail with the body of a form, unless the first line of the request ends the session.
        if (verb == Verb.Foreign) return new Answer(Replies.NotSmtp, SessionEffect.Close, IsError: true);
        var transition = PolicyTable.Find(State, verb, !argument.IsEmpty);
        // Before all else: wherever it comes, octets follow it.
        if (verb == Verb.Bdat) return TakeChunk(argument, transition);
        if (transition.Refusal is { } refusal) return Answer.Error(refusal);
        var answer = verb switch
        {
            Verb.Mail => profile.Mail.Handle(this, argument),
            Verb.Rcpt => profile.Recipient.Handle(this, argument),
            Verb.Data => new Answer(Replies.StartData, SessionEffect.ReadData),
            Verb.Ehlo => profile.Hello.Handle(this, argument, isExtended: true),
            Verb.Helo => profile.Hello.Handle(this, argument, isExtended: false),
            Verb.Rset => Reset(),
            Verb.Noop => Junk(Replies.Ok),
            Verb.Vrfy => Junk(Replies.CannotVerify),
            Verb.Help => Junk(Replies.Help),
            Verb.StartTls => StartTls(),
            Verb.Quit => new Answer(Replies.Bye, SessionEffect.Close),
            _ => throw new InvalidOperationException($"the table lets {verb} pass, and nobody takes it"),
        };
        return Move(verb, transition.Next, answer);
    }

    /// <summary>The content of the message is complete and in order.</summary>
    public Answer Complete(MessageContent content) => profile.Data.Handle(this, content);

    /// <summary>Goes on where <see cref="Question"/> has stopped it.</summary>
    public Answer Resume(Verdict verdict)
    {
        var question = Question ?? throw new InvalidOperationException("there is no question");
        Question = null;
        return question switch
        {
            Question<ConnectSubject> asked => profile.Connect.Conclude(this, asked.Resume(verdict)),
            Question<HelloSubject> asked => Move(profile.Hello.Conclude(this, asked.Subject, asked.Resume(verdict))),
            Question<MailSubject> asked => Move(MailStage.Conclude(this, asked.Resume(verdict))),
            Question<RecipientSubject> asked => Move(profile.Recipient.Conclude(this, asked.Subject, asked.Resume(verdict))),
            Question<DataSubject> asked => DataStage.Conclude(this, asked.Resume(verdict)),
            _ => throw new InvalidOperationException($"no stage has the question of {question.Check.Name}"),
        };
    }

    /// <summary>What follows where the checks of a stage have a question or do not take the command; null where they take it.</summary>
    public Answer? Negative(in StageResult result)
    {
        if (result.Question is { } question)
        {
            Question = question;
            return new Answer(default, SessionEffect.Ask);
        }

        if (result.Verdict.Kind is VerdictKind.Accept or VerdictKind.Discard) return null;
        var reply = result.Verdict.Reply;
        // This code says that the connection is closed (RFC 5321 section 4.2.3).
        var effect = reply.Span.StartsWith("421"u8) ? SessionEffect.Close : SessionEffect.None;
        var isDeferred = result.Verdict.Kind == VerdictKind.Defer;
        return new Answer(reply, effect, IsError: !isDeferred, IsDeferred: isDeferred);
    }

    /// <summary>HELO or EHLO is taken.</summary>
    public void Greet(string name, bool isExtended, in StageMarks marks)
    {
        (ClientName, IsExtended, _helloMarks) = (name, isExtended, marks);
        Transaction.Reset();
    }

    /// <summary>Counts a transaction that is about to begin.</summary>
    /// <returns>How many there are with it.</returns>
    public int CountTransaction() => ++_transactions;

    /// <summary>Forgets the transaction; after DATA, whatever came of it.</summary>
    public void EndTransaction()
    {
        Transaction.Reset();
        State = SessionState.Greeted;
    }

    /// <summary>TLS is active: what was said before it is forgotten, since anybody may have said it (RFC 3207 section 4.2).</summary>
    public void BeginSecure()
    {
        Transaction.Reset();
        State = SessionState.Connected;
        (ClientName, IsExtended, _helloMarks) = ("", false, default);
        IsSecure = true;
    }

    private Answer Move(in Answer resumed) => Move(_askedVerb, _askedNext, resumed);

    private Answer Move(Verb verb, SessionState next, in Answer answer)
    {
        if (answer.Effect == SessionEffect.Ask) (_askedVerb, _askedNext) = (verb, next);
        // The transaction of a message that is being read is over when the message is: see EndTransaction.
        else if (!answer.IsError && !answer.IsDeferred && verb != Verb.Data) State = next;
        else if (verb == Verb.Rcpt && State == SessionState.Mail) State = SessionState.Refused;
        return answer;
    }

    private Answer TakeChunk(ReadOnlySpan<byte> argument, Transition transition)
    {
        if (!Chunk.TryParse(argument, out var chunk)) return new Answer(Replies.BadChunk, SessionEffect.Close, IsError: true);
        Chunk = chunk;
        if (transition.Refusal is { } refusal) return new Answer(refusal, SessionEffect.SkipChunk, IsError: true);
        State = transition.Next;
        return new Answer(default, SessionEffect.ReadChunk);
    }

    private Answer StartTls()
    {
        if (!own.HasTls) return Answer.Error(Replies.NotImplemented);
        return IsSecure ? Answer.Error(Replies.TlsActive) : new Answer(Replies.StartTls, SessionEffect.StartTls);
    }

    private static Answer Junk(byte[] reply) => new(reply, IsJunk: true);

    private Answer Reset()
    {
        Transaction.Reset();
        return Junk(Replies.Ok);
    }
}

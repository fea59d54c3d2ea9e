using System.Net;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The state machine of a session: a command in, a reply and an effect out. Owns the session's state and transaction. It does no I/O and
/// never waits: where a check has a question, the effect is <see cref="SessionEffect.Ask"/>, and <see cref="Resume"/> continues with the
/// verdict. <see cref="CommandOrder"/> decides which verbs are allowed in a state; the stages parse the arguments and run the checks. Used
/// by the session's loop alone.
/// </summary>
internal sealed class SessionMachine(SessionProfile profile, RelayPolicy relay, IPAddress client, BodyMemory memory) : IStagedSession
{
    private LineMask _mask;
    private StandingVerdict _helloVerdict;
    private (Verb Verb, SessionState Next) _asked;

    /// <inheritdoc/>
    public ListenerProfile Listener => profile.Listener;
    public SessionProfile Profile => profile;

    /// <inheritdoc/>
    public IPAddress Client => client;

    /// <summary>
    /// Whether the client is in a trusted network: it may send to any domain, and some syntax errors of old software are accepted.
    /// </summary>
    public bool IsTrusted { get; } = relay.IsTrusted(client);

    /// <summary>The reverse-path of the transaction for the log; empty outside of a transaction.</summary>
    public string Sender => !IsInTransaction ? "" : Transaction.ReversePath?.Address ?? "<>";

    /// <summary>The transaction. The same object serves all transactions of the session.</summary>
    public Transaction Transaction { get; } = new(memory.OpenLease(relay.IsTrusted(client) ? null : client));

    /// <summary>The state of the session.</summary>
    public SessionState State { get; private set; }

    /// <summary>The client's name in HELO or EHLO; empty before.</summary>
    public string ClientName { get; private set; } = "";

    /// <summary>Whether the client has sent EHLO.</summary>
    public bool IsExtended { get; private set; }

    /// <inheritdoc/>
    public string? AuthenticatedUser => Login?.Name;

    /// <inheritdoc/>
    public Login? Login { get; set; }

    /// <inheritdoc/>
    public ISaslDialogue? Dialogue { get; set; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> EndPointBinding { get; private set; }

    /// <inheritdoc/>
    public bool MayAuthenticateInPlaintext { get; } = profile.MayAuthenticateInPlaintext(client);

    /// <summary>Whether MAIL has begun a transaction that has not ended.</summary>
    public bool IsInTransaction => State is not (SessionState.Connected or SessionState.Greeted);

    /// <summary>Whether the client is in a trusted network or authenticated: it may send to any domain.</summary>
    public bool MaySendAnywhere => IsTrusted || Login is not null;

    /// <summary>
    /// The text for the log in place of the last line, which may contain a password; null where the line itself may be shown.
    /// </summary>
    public byte[]? Masked => _mask.Text;

    /// <inheritdoc/>
    public int MaxLine { get; set; } = profile.MaxLine;

    /// <inheritdoc/>
    public bool IsSecure => Tls is not null;

    /// <inheritdoc/>
    public SessionTls? Tls { get; private set; }

    /// <inheritdoc/>
    public string AuthenticationMechanism => Login?.Mechanism ?? "";

    /// <inheritdoc/>
    public int Transactions { get; private set; }

    /// <summary>The states that checks keep for the session.</summary>
    public CheckStates States { get; } = new();

    /// <inheritdoc/>
    public Mailbox? ReversePath => Transaction.ReversePath;

    /// <inheritdoc/>
    public IReadOnlyList<Mailbox> Recipients => Transaction.Recipients;

    /// <summary>The argument of the last BDAT.</summary>
    public Chunk Chunk { get; private set; }

    /// <summary>The question whose verdict the session waits for; null for none.</summary>
    public Question? Question { get; private set; }

    /// <inheritdoc/>
    public StandingVerdict ConnectVerdict { get; set; }

    /// <inheritdoc/>
    public string? DiscardedBy =>
        ConnectVerdict.DiscardedBy ?? _helloVerdict.DiscardedBy ?? (Transaction.IsDiscarded ? Transaction.DiscardedBy : null);

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Headers =>
        ConnectVerdict.Headers is null && _helloVerdict.Headers is null && Transaction.Headers is null
            ? null : [.. ConnectVerdict.Headers ?? [], .. _helloVerdict.Headers ?? [], .. Transaction.Headers ?? []];

    /// <summary>Handles a new connection.</summary>
    public CommandResult Connect() => profile.Connect.Handle(this);

    /// <summary>Handles a command line, or a response in the dialogue of AUTH, without its CRLF.</summary>
    public CommandResult Handle(ReadOnlySpan<byte> line)
    {
        if (Dialogue is not null) return Move(Verb.Auth, SessionState.Greeted, profile.Authentication!.Respond(this, ref _mask, line));
        var verb = CommandParser.Parse(line, out var argument);
        _mask.OnCommand(verb, line, profile.Authentication is not null);
        // The first line of an HTTP request ends the session. Otherwise a web page could make a browser send mail in the body of a form.
        if (verb == Verb.Foreign) return new CommandResult(Replies.NotSmtp, SessionEffect.Close, IsError: true);
        var transition = CommandOrder.Find(State, verb, !argument.IsEmpty);
        // Handled before the refusal: octets follow BDAT in every state.
        if (verb == Verb.Bdat) return BeginChunk(argument, transition);
        if (verb == Verb.Unknown) return profile.Unknown.Handle(this, line);
        if (transition.Refusal is { } refusal) return CommandResult.Error(refusal);
        var result = verb switch
        {
            Verb.Mail => profile.Mail.Handle(this, argument),
            Verb.Rcpt => profile.Recipient.Handle(this, argument),
            Verb.Data => new CommandResult(Replies.StartData, SessionEffect.ReadData),
            Verb.Ehlo => profile.Hello.Handle(this, argument, isExtended: true),
            Verb.Helo => profile.Hello.Handle(this, argument, isExtended: false),
            Verb.Rset => Reset(),
            Verb.Noop => new CommandResult(Replies.Ok, IsJunk: true),
            Verb.Vrfy or Verb.Expn => profile.Verify.Handle(this, verb, argument),
            Verb.Help => new CommandResult(Replies.Help, IsJunk: true),
            Verb.StartTls => StartTls(),
            Verb.Auth => profile.Authentication?.Handle(this, argument) ?? CommandResult.Error(Replies.NoAuthentication),
            Verb.Quit => new CommandResult(Replies.Bye, SessionEffect.Close),
            _ => throw new InvalidOperationException($"no handler for {verb}"),
        };
        return Move(verb, transition.Next, result);
    }

    /// <summary>Runs the data stage on complete, acceptable content.</summary>
    public CommandResult Complete(MessageContent content) => profile.Data.Handle(this, content);

    /// <summary>Resumes the stage which stopped at <see cref="Question"/>.</summary>
    /// <exception cref="InvalidOperationException">There is no question.</exception>
    public CommandResult Resume(Verdict verdict)
    {
        var question = Question ?? throw new InvalidOperationException("there is no question");
        Question = null;
        return question switch
        {
            Question<ConnectSubject> asked => profile.Connect.Conclude(this, asked.Resume(verdict)),
            Question<HelloSubject> asked => Move(profile.Hello.Conclude(this, asked.Subject, asked.Resume(verdict))),
            Question<MailSubject> asked => Move(MailStage.Conclude(this, asked.Resume(verdict))),
            Question<RecipientSubject> asked => Move(profile.Recipient.Conclude(this, asked.Subject, asked.Resume(verdict))),
            Question<DataSubject> asked => profile.Data.Conclude(this, asked.Subject.Content, asked.Resume(verdict)),
            Question<MessageSubject> asked => profile.Message.Conclude(this, asked.Resume(verdict)),
            Question<UnknownSubject> asked => UnknownStage.Conclude(this, asked.Resume(verdict)),
            AuthenticationQuestion asked => Move(profile.Authentication!.Conclude(this, asked)),
            _ => throw new InvalidOperationException($"no stage for the question of {question.Check.Name}"),
        };
    }

    /// <inheritdoc/>
    public CommandResult Ask(Question question)
    {
        Question = question;
        return new CommandResult(default, SessionEffect.Ask);
    }

    /// <summary>A line was refused before it was parsed.</summary>
    /// <returns>Whether it was a response in the dialogue of AUTH, which has ended.</returns>
    public bool EndDialogue() => profile.Authentication?.Abandon(this) == true;

    /// <inheritdoc/>
    public void Greet(string name, bool isExtended, in StandingVerdict verdict)
    {
        (ClientName, IsExtended, _helloVerdict) = (name, isExtended, verdict);
        Transaction.Reset();
    }

    /// <inheritdoc/>
    public int CountTransaction() => ++Transactions;

    /// <inheritdoc/>
    public T StateOf<T>(ISessionCheck check, Func<T> create) where T : class, IAsyncDisposable => States.Of(check, create);

    /// <inheritdoc/>
    public IMessageMemory BeginChanges() => Transaction.BeginChanges(memory.OpenLease(IsTrusted ? null : Client));

    /// <summary>Ends the transaction after its content was handled, whether stored or not.</summary>
    public void EndTransaction()
    {
        Transaction.Reset();
        State = SessionState.Greeted;
    }

    /// <summary>Resets the session when TLS has started: input in the clear is not trustworthy (RFC 3207 section 4.2).</summary>
    /// <param name="tls">The version and the cipher suite.</param>
    /// <param name="endPointBinding">The channel binding <c>tls-server-end-point</c>; empty where it is not used.</param>
    public void BeginSecure(SessionTls tls, ReadOnlyMemory<byte> endPointBinding = default)
    {
        Transaction.Reset();
        State = SessionState.Connected;
        (ClientName, IsExtended, Login, Dialogue, _helloVerdict) = ("", false, null, null, default);
        MaxLine = profile.MaxLine;
        (Tls, EndPointBinding) = (tls, endPointBinding);
    }

    private CommandResult Move(in CommandResult resumed) => Move(_asked.Verb, _asked.Next, resumed);

    private CommandResult Move(Verb verb, SessionState next, in CommandResult result)
    {
        if (result.Effect == SessionEffect.Ask) _asked = (verb, next);
        // After DATA the state changes when the message is handled: see EndTransaction.
        else if (!result.IsError && !result.IsDeferred && verb != Verb.Data) State = next;
        else if (verb == Verb.Rcpt && State == SessionState.Mail) State = SessionState.Refused;
        return result;
    }

    private CommandResult BeginChunk(ReadOnlySpan<byte> argument, Transition transition)
    {
        if (!Chunk.TryParse(argument, out var chunk)) return new CommandResult(Replies.BadChunk, SessionEffect.Close, IsError: true);
        Chunk = chunk;
        if (transition.Refusal is { } refusal) return new CommandResult(refusal, SessionEffect.SkipChunk, IsError: true);
        State = transition.Next;
        return new CommandResult(default, SessionEffect.ReadChunk);
    }

    private CommandResult StartTls() => IsSecure ? CommandResult.Error(Replies.TlsActive)
        : Listener.Tls == ListenerTls.StartTls ? new CommandResult(Replies.StartTls, SessionEffect.StartTls)
        : CommandResult.Error(Replies.NotImplemented);

    private CommandResult Reset()
    {
        Transaction.Reset();
        return new CommandResult(Replies.Ok, IsJunk: true);
    }
}

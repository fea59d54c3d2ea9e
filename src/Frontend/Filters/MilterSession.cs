using System.Buffers;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Filters.Protocol;

namespace Postfleet.Frontend.Filters;

/// <summary>
/// The state of a filter for one SMTP session. Stages add events; those that need an answer are asked with all events before them, so a
/// filter that wants nothing of a client before its message costs nothing until then. After a failure, the next message gets a new
/// connection, which is told the begin of the session again. Used by the session, one call at a time. An asked stage that is cancelled may
/// still be ending while the session goes on: <see cref="_isAsking"/> keeps the session out.
/// </summary>
/// <param name="settings">The filter.</param>
/// <param name="watch">Notes its failures.</param>
/// <param name="session">The view of the session.</param>
internal sealed class MilterSession(MilterSettings settings, FilterWatch watch, ISmtpSession session) : IAsyncDisposable
{
    private readonly List<MilterEvent> _pending = [];
    private MilterEvent? _connect;
    private MilterEvent? _hello;
    private volatile MilterConnection? _connection;
    private volatile bool _isAsking;
    private bool _hasMessage;
    private bool _isConnected;
    private Following _following;
    private Verdict _failure;

    /// <summary>Whether the filter has failed, and is not asked up to the next message.</summary>
    public bool HasFailed => _following == Following.Failed;

    /// <summary>A client has connected.</summary>
    /// <returns>The verdict; null for a question.</returns>
    public Verdict? Connect() => Add(_connect = MilterEvents.Connect(session));

    /// <summary>The client greets.</summary>
    public Verdict? Hello(string name)
    {
        // A new connection is told the last greeting alone.
        _hello = null;
        if (!TryEndMessage()) return _failure;
        _hasMessage = false;
        return Add(_hello = MilterEvents.Hello(name));
    }

    /// <summary>The client begins a message.</summary>
    public Verdict? Mail(in MailSubject subject)
    {
        if (!TryEndMessage()) return _failure;
        _hasMessage = true;
        return Add(MilterEvents.Mail(subject));
    }

    /// <summary>The client names a recipient.</summary>
    public Verdict? Recipient(in RecipientSubject subject) => Add(MilterEvents.Recipient(subject));

    /// <summary>The client sends an unknown command.</summary>
    public Verdict? Unknown(string line) => Add(MilterEvents.Unknown(line));

    /// <summary>A message is complete.</summary>
    public Verdict? Message() => _following switch
    {
        _ when _isAsking => _failure,
        // A refused greeting leaves the transaction to the session, but the filter was told that its message is over.
        Following.Asking when !_hasMessage => Verdict.Unavailable,
        Following.Asking => null,
        Following.MessageDiscarded => Verdict.Discard,
        Following.Failed => _failure,
        _ => Verdict.Accept,
    };

    /// <summary>Asks the filter about the pending events.</summary>
    public ValueTask<Verdict> AskAsync(CancellationToken cancellationToken) => GuardAsync(static async (state, _, token) =>
        state.VerdictOf(await state.SendPendingAsync(token)), 0, cancellationToken);

    /// <summary>Asks the filter about a message.</summary>
    public ValueTask<Verdict> AskAsync(MessageSubject subject, CancellationToken cancellationToken) => GuardAsync(
        static (state, subject, token) => state.AskAboutAsync(subject, token), subject, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not { } connection) return;
        if (_isAsking) connection.Dispose();
        else await connection.CloseAsync();
    }

    private Verdict? Add(MilterEvent added)
    {
        if (_isAsking) return _failure;
        if (_following == Following.Failed) return _failure;
        if (_following != Following.Asking) return Verdict.Accept;
        if (_connection is null && watch.IsPaused) return Fail(Verdict.Accept);
        _pending.Add(added);
        if (_connection?.Machine is not { } machine) return null;
        // The event waits for one that needs an answer.
        return machine.Wants(added.Command) && machine.Agreement!.Answers(added.Command) ? null : Verdict.Accept;
    }

    // False while the last question is still ending.
    private bool TryEndMessage()
    {
        if (_isAsking) return false;
        _pending.RemoveAll(waiting => waiting.Command is not (MilterCommand.Connect or MilterCommand.Hello));
        _connection?.Abort();
        if (_following == Following.ClientAccepted) return true;
        _following = Following.Asking;
        if (_connection is null) Restart();
        return true;
    }

    // A new connection is told the begin of the session.
    private void Restart()
    {
        _pending.Clear();
        if (_connect is { } connect) _pending.Add(connect);
        if (_hello is { } hello) _pending.Add(hello);
    }

    private async ValueTask<Verdict> GuardAsync<T>(
        Func<MilterSession, T, CancellationToken, ValueTask<Verdict>> ask, T about, CancellationToken cancellationToken)
    {
        _failure = watch.WhenFailed;
        _isAsking = true;
        if (_connection is null) _isConnected = false;
        try
        {
            _connection ??= await MilterConnection.OpenAsync(settings, cancellationToken);
            return await ask(this, about, cancellationToken);
        }
        catch (FilterException e)
        {
            return Fail(watch.Failed(e, !_isConnected));
        }
        catch (OperationCanceledException)
        {
            Fail(watch.WhenFailed);
            throw;
        }
        finally
        {
            _isAsking = false;
        }
    }

    private Verdict Fail(Verdict verdict)
    {
        _connection?.Dispose();
        _connection = null;
        _pending.Clear();
        (_following, _failure) = (Following.Failed, verdict);
        return verdict;
    }

    // Sends the events up to the first with another answer than to continue.
    private async ValueTask<MilterAnswer> SendPendingAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < _pending.Count; i++)
        {
            var pending = _pending[i];
            var answer = await _connection!.AskAsync(
                pending.Command, new ReadOnlySequence<byte>(pending.Data), name => Macro(pending, name), settings.Options.CommandTimeout,
                cancellationToken);
            _isConnected |= pending.Command != MilterCommand.Connect;
            if (answer.Decision is MilterDecision.Continue or MilterDecision.Skip) continue;
            _pending.Clear();
            if (pending.Command is MilterCommand.Connect or MilterCommand.Hello
                && answer.Decision is MilterDecision.Refuse or MilterDecision.Defer or MilterDecision.Close)
            {
                // The next message is told the begin of the session again: the verdict is about all mail of the session.
                _connection!.Dispose();
                _connection = null;
            }

            if (answer.Decision == MilterDecision.Accept) _following = FilterVerdicts.AfterAcceptance(pending.Command, _following);
            else if (answer.Decision == MilterDecision.Discard) _following = Following.MessageDiscarded;
            return answer;
        }

        _pending.Clear();
        return default;
    }

    // A discarded recipient would be discarded alone, but the filter means the message.
    private Verdict VerdictOf(in MilterAnswer answer)
    {
        var verdict = _following == Following.MessageDiscarded ? Verdict.Accept : FilterVerdicts.Of(answer);
        if (verdict.Kind != VerdictKind.Accept) FrontendMetrics.Filtered(settings.Options.Name, verdict);
        return verdict;
    }

    private async ValueTask<Verdict> AskAboutAsync(MessageSubject subject, CancellationToken cancellationToken)
    {
        var waiting = await SendPendingAsync(cancellationToken);
        if (waiting.Decision != MilterDecision.Continue) return FilterVerdicts.Of(waiting);
        if (MessageLayout.Read(subject.Content, subject.Id) is not { } layout) return FilterVerdicts.HeaderTooLong;
        if (_connection!.Machine.Wants(MilterCommand.Header) && layout.Fields.Any(field => field.Length > MilterFrames.Chunk))
            return FilterVerdicts.HeaderTooLong;
        var answer = await SendContentAsync(layout, subject, cancellationToken);
        var machine = _connection!.Machine;
        var changes = machine.Changes;
        machine.EndChanges();
        if (answer.Decision is not (MilterDecision.Continue or MilterDecision.Accept)) return FilterVerdicts.Of(answer);
        return FilterChange.Apply(layout, subject, changes, machine.Agreement!.KeepsSpace, settings.Added, watch);
    }

    private async ValueTask<MilterAnswer> SendContentAsync(
        MessageLayout layout, MessageSubject subject, CancellationToken cancellationToken)
    {
        var id = subject.Id.ToString();
        var machine = _connection!.Machine;
        var answer = await AskAsync(MilterCommand.Data, default);
        if (machine.Wants(MilterCommand.Header))
        {
            foreach (var field in layout.Fields)
            {
                if (IsOver(answer)) return answer;
                if (ReferenceEquals(field, layout.Own)) continue;
                answer = await AskAsync(
                    MilterCommand.Header, new ReadOnlySequence<byte>(layout.DataOf(field, machine.Agreement!.KeepsSpace)));
            }
        }

        if (!IsOver(answer)) answer = await AskAsync(MilterCommand.EndOfHeader, default);
        var body = subject.Content.Octets.Slice(layout.BodyStart);
        while (!body.IsEmpty && !IsOver(answer) && machine.Wants(MilterCommand.Body))
        {
            var length = Math.Min(body.Length, MilterFrames.Chunk);
            answer = await AskAsync(MilterCommand.Body, body.Slice(0, length));
            body = body.Slice(length);
        }

        if (IsOver(answer)) return answer;
        machine.BeginChanges(subject.Memory);
        return await AskAsync(MilterCommand.EndOfBody, default);

        ValueTask<MilterAnswer> AskAsync(MilterCommand command, ReadOnlySequence<byte> data) => _connection.AskAsync(
            command, data, name => name == "i" ? id : MilterEvents.ValueOf(session, settings.Hostname, name),
            settings.Options.ContentTimeout, cancellationToken);

        static bool IsOver(in MilterAnswer answer) => answer.Decision is not (MilterDecision.Continue or MilterDecision.Skip);
    }

    private string? Macro(MilterEvent about, string name) =>
        about.Macros.GetValueOrDefault(name) ?? MilterEvents.ValueOf(session, settings.Hostname, name);
}

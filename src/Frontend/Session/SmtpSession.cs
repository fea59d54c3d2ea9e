using System.IO.Pipelines;
using System.Net;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The session of a client: the loop reading and writing the connection. It reads command lines, passes them to
/// <see cref="SessionMachine"/>, and writes the replies of a pipelined batch in a single flush (RFC 2920). Where a check has a question,
/// the batch pauses until the verdict. Run by its <see cref="Listening.Connection"/>; <see cref="Stop"/> and <see cref="ShortenDeadline"/>
/// are thread-safe.
/// </summary>
internal sealed class SmtpSession : IAsyncDisposable, ILookAhead
{
    private readonly string _id;
    private readonly SessionProfile _profile;
    private readonly IPAddress _client;
    private readonly SessionServices _services;
    private readonly SessionMachine _machine;
    private readonly MessageReceiver _receiver;
    private readonly SessionReplies _replies;
    private readonly CommandLines _lines;
    private readonly Deadline _deadline;
    private readonly SessionTimes _times;
    private readonly PipeWriter _below;
    private volatile IDuplexPipe _pipe;
    private TlsPipe? _tls;
    private readonly bool _mayTalkEarly;
    private volatile bool _isStopping;
    private volatile QuestionAwaiter? _awaiter;

    /// <param name="id">The session's id in the log.</param>
    /// <param name="pipe">The connection.</param>
    /// <param name="client">The client's address.</param>
    /// <param name="services">The services shared by all sessions.</param>
    /// <param name="profile">The profile of the listener.</param>
    /// <param name="isProxy">Whether the client is a trusted proxy itself, as in a health check.</param>
    public SmtpSession(
        string id, IDuplexPipe pipe, IPAddress client, SessionServices services, SessionProfile profile, bool isProxy = false)
    {
        _pipe = pipe;
        _below = pipe.Output;
        (_id, _client, _services, _profile) = (id, client, services, profile);
        _machine = new SessionMachine(profile, services.Relay, client, services.Memory);
        _receiver = new MessageReceiver(services, _machine, id, this);
        _replies = new SessionReplies(services, _machine, id) { Output = pipe.Output };
        _lines = new CommandLines(_machine, _replies);
        _mayTalkEarly = _machine.IsTrusted || isProxy;
        _deadline = new Deadline(services.Time, CancelWaiting);
        _times = new SessionTimes(services, _deadline);
    }

    /// <summary>Runs the session to its end. The caller closes the connection.</summary>
    public async Task RunAsync(CancellationToken aborted)
    {
        if (_profile.IsImplicitTls && (await _services.IsSilentAsync(_pipe.Input, _client, _id, () => _isStopping, aborted)
            || !await SecureAsync(aborted)))
            return;
        await ServeAsync(aborted);
        if (_tls is not null) await _tls.ShutdownAsync().WaitAsync(FrontendLimits.Linger, _services.Time, aborted);
    }

    /// <summary>
    /// Asks the session to end: at once while it waits for a command outside of a transaction, otherwise after the transaction, whose
    /// commands then have less time. Thread-safe.
    /// </summary>
    public void Stop()
    {
        _isStopping = true;
        // Always cancels, in order to miss no wait for a command; while content is received, the effect is another read.
        _pipe.Input.CancelPendingRead();
        // A check may take longer than a client's next command.
        _awaiter?.Stop();
    }

    public async ValueTask DisposeAsync()
    {
        // First, and awaited: the timer must not touch disposed objects.
        await _deadline.DisposeAsync();
        _machine.Transaction.Reset();
        _machine.Dialogue?.Dispose();
        await _machine.States.DisposeAsync();
        if (_tls is not null) await _tls.DisposeAsync();
    }

    private async ValueTask ServeAsync(CancellationToken aborted)
    {
        // After a TLS handshake the client is known to wait for the server.
        if (_tls is null && await PregreetCheck.IsRefusedAsync(_services, _machine, _pipe.Input, _id, _mayTalkEarly, aborted))
        {
            await SendLastReplyAsync(Replies.EarlyTalker, aborted);
            return;
        }

        var effect = _replies.Reply(_machine.Connect(), "the connection"u8);
        if (effect == SessionEffect.Ask) effect = await AskAsync(aborted);
        if (effect == SessionEffect.Abandon) return;
        StartCommandTimeout();
        while (await FlushAsync(aborted))
        {
            if (effect == SessionEffect.Close)
            {
                await LingeringClose.DrainAsync(_pipe.Input);
                return;
            }

            var read = await ReadAsync(aborted);
            if (_deadline.HasPassed || IsOver)
            {
                _pipe.Input.AdvanceTo(read.Buffer.Start);
                await SendLastReplyAsync(_times.EndReply, aborted);
                return;
            }

            if (_isStopping) _deadline.Shorten(FrontendLimits.StopTimeout);
            var lines = _lines.Count;
            effect = _lines.Handle(read.Buffer, _pipe.Output, out var consumed, out var isAll);
            _pipe.Input.AdvanceTo(consumed, isAll ? read.Buffer.End : consumed);
            effect = effect switch
            {
                SessionEffect.ReadData or SessionEffect.ReadChunk or SessionEffect.SkipChunk => await ReadMessageAsync(effect, aborted),
                SessionEffect.StartTls => await StartTlsAsync(aborted),
                SessionEffect.Ask => await AskAsync(aborted),
                _ => effect,
            };
            if (effect == SessionEffect.Abandon) return;
            if (isAll && read.IsCompleted) effect = SessionEffect.Close;
            // Only after a complete line: otherwise a client could extend its time octet by octet.
            if (_lines.Count > lines) StartCommandTimeout();
        }
    }

    // A client in the middle of a transaction would have to send its message again.
    private bool IsOver => _isStopping && !_machine.IsInTransaction;

    /// <summary>Shortens the time of an untrusted client, since stress mode has begun. Thread-safe.</summary>
    public void ShortenDeadline()
    {
        if (!_machine.IsTrusted) _deadline.Shorten(FrontendLimits.StressTimeout);
    }

    private void StartCommandTimeout() => _times.StartCommand(_receiver.TimeLeft, _replies.IsUnderStress, _isStopping);

    private ValueTask<ReadResult> ReadAsync(CancellationToken aborted)
    {
        // A read of content may have consumed the cancellation by Stop.
        if (IsOver) _pipe.Input.CancelPendingRead();
        return _pipe.Input.ReadAsync(aborted);
    }

    /// <inheritdoc/>
    public LookAheadReader EnableLookAhead()
    {
        if (_pipe is not LookAheadPipe pipe) _pipe = pipe = new LookAheadPipe(_pipe);
        return pipe.Ahead;
    }

    // Input behind the command stays unread and is handled in order afterwards.
    private async ValueTask<SessionEffect> AskAsync(CancellationToken aborted)
    {
        // The replies so far are sent before the wait.
        if (_pipe.Output.UnflushedBytes > 0 && !await FlushAsync(aborted)) return SessionEffect.Abandon;
        _deadline.Suspend();
        var input = EnableLookAhead();
        SessionEffect effect;
        do
        {
            _awaiter = new QuestionAwaiter(_machine.Question!, _services, _client, _id);
            // Stop may have run before the awaiter was assigned.
            if (_isStopping) _awaiter.Stop();
            var (verdict, end) = await _awaiter.RunAsync(input, aborted);
            _awaiter = null;
            if (end == QuestionResult.ServerStopping) await SendLastReplyAsync(Replies.ShuttingDown, aborted);
            if (end != QuestionResult.Answered) return SessionEffect.Abandon;
            effect = _replies.Reply(_machine.Resume(verdict), _replies.PendingCommand);
        }
        while (effect == SessionEffect.Ask);
        return effect;
    }

    // Octets behind STARTTLS arrived in the clear and may be injected: they must not be read as if they came under TLS (RFC 3207 section 6,
    // CVE-2011-0411). Later octets in the clear break the handshake.
    private async ValueTask<SessionEffect> StartTlsAsync(CancellationToken aborted)
    {
        if (_pipe.Input.TryRead(out var read))
        {
            _pipe.Input.AdvanceTo(read.Buffer.End);
            if (!read.Buffer.IsEmpty) return _replies.Refuse(Replies.NothingBehindStartTls, "STARTTLS"u8, SessionEffect.Close);
        }

        _replies.Write(Replies.StartTls);
        return await FlushAsync(aborted) && await SecureAsync(aborted) ? SessionEffect.None : SessionEffect.Abandon;
    }

    private async ValueTask<bool> SecureAsync(CancellationToken aborted)
    {
        _deadline.Suspend();
        _tls = await _services.SecureAsync(_pipe, _profile.Listener, _client, _id, aborted);
        if (_tls is null) return false;
        _pipe = _tls;
        _replies.Output = _tls.Output;
        _machine.BeginSecure(_tls.Facts, _profile.UsesChannelBinding ? _tls.EndPointBinding : default);
        return true;
    }

    private async ValueTask<SessionEffect> ReadMessageAsync(SessionEffect effect, CancellationToken aborted)
    {
        await _services.Submission.WaitForCapacityAsync(aborted);
        // Read before the content: the transaction is over when a refusal is logged.
        var sender = _machine.Sender;
        // The client waits for 354, and between chunks possibly for the replies to earlier chunks.
        if (!await FlushAsync(aborted)) return SessionEffect.Abandon;
        var reception = effect switch
        {
            SessionEffect.ReadData => await _receiver.ReadDataAsync(_pipe.Input, _deadline, aborted),
            SessionEffect.ReadChunk => await _receiver.ReadChunkAsync(_pipe.Input, _deadline, aborted),
            _ => await _receiver.SkipChunkAsync(_pipe.Input, _deadline, aborted),
        };
        return _replies.Reply(reception, sender);
    }

    // False if the session is over: the client has left, or does not read the replies in time.
    private async ValueTask<bool> FlushAsync(CancellationToken aborted)
    {
        var flush = await _pipe.Output.FlushAsync(aborted);
        return !flush.IsCompleted && !(flush.IsCanceled && _deadline.HasPassed);
    }

    private async ValueTask SendLastReplyAsync(byte[] reply, CancellationToken aborted)
    {
        _replies.Write(reply);
        using var limit = new CancellationTokenSource(FrontendLimits.Linger, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        if (await FlushAsync(either.Token)) await LingeringClose.DrainAsync(_pipe.Input);
    }

    private void CancelWaiting()
    {
        _pipe.Input.CancelPendingRead();
        // Cancels the flush below TLS: cancelling a write of the TLS stream would lose a record and break the stream.
        _below.CancelPendingFlush();
    }
}

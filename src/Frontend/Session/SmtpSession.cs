using System.IO.Pipelines;
using System.Net;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend.Session;

/// <summary>
/// One client's session: the loop that alone touches the connection. It reads lines, has <see cref="SessionMachine"/> decide, and writes
/// the replies of a batch in one flush (RFC 2920). Where a check has a question, the batch stops there and goes on behind it.
/// </summary>
internal sealed class SmtpSession : IAsyncDisposable, ILookAhead
{
    private readonly string _id;
    private readonly SessionProfile _profile;
    private readonly IPAddress _client;
    private readonly SessionServices _services;
    private readonly SessionMachine _machine;
    private readonly MessageReceiver _receiver;
    private readonly Conduct _conduct;
    private readonly CommandLines _lines;
    private readonly Deadline _deadline;
    private readonly PipeWriter _below;
    private volatile IDuplexPipe _pipe;
    private TlsPipe? _tls;
    private readonly long _started;
    private readonly bool _mayTalkEarly;
    private volatile bool _isStopping;
    private volatile Asking? _asking;

    /// <param name="id">The session's name in the log.</param>
    /// <param name="pipe">The connection.</param>
    /// <param name="client">Who is served.</param>
    /// <param name="services">What all sessions share.</param>
    /// <param name="profile">What the client's listener is for.</param>
    /// <param name="isProxy">Whether the client is a trusted proxy that speaks for itself, as in its own checks.</param>
    public SmtpSession(
        string id, IDuplexPipe pipe, IPAddress client, SessionServices services, SessionProfile profile, bool isProxy = false)
    {
        _pipe = pipe;
        _below = pipe.Output;
        _started = services.Time.GetTimestamp();
        (_id, _client, _services, _profile) = (id, client, services, profile);
        _machine = new SessionMachine(services.Own, profile, services.Relay, client, services.Memory);
        _receiver = new MessageReceiver(services, _machine, id, this);
        _conduct = new Conduct(services, _machine, id) { Output = pipe.Output };
        _lines = new CommandLines(_machine, _conduct);
        _mayTalkEarly = _machine.IsTrusted || isProxy;
        _deadline = new Deadline(services.Time, CancelWaiting);
    }

    /// <summary>Runs the session to its end. The connection is the caller's to close.</summary>
    public async Task RunAsync(CancellationToken aborted)
    {
        if (_profile.IsImplicitTls && (await IsSilentAsync(aborted) || !await SecureAsync(aborted))) return;
        await ServeAsync(aborted);
        if (_tls is not null) await _tls.ShutdownAsync().WaitAsync(FrontendLimits.Linger, _services.Time, aborted);
    }

    /// <summary>Asks the session to end: at once when it waits for a command, after its message when it is in DATA.</summary>
    public void Stop()
    {
        _isStopping = true;
        // In DATA this is one read more and no harm; not to ask leaves no moment in which it could be missed.
        _pipe.Input.CancelPendingRead();
        _asking?.Stop();
    }

    public async ValueTask DisposeAsync()
    {
        // First, and to its end: its timer must not touch what is gone.
        await _deadline.DisposeAsync();
        _machine.Transaction.Reset();
        if (_tls is not null) await _tls.DisposeAsync();
    }

    private async ValueTask ServeAsync(CancellationToken aborted)
    {
        // Under TLS the client has shown that it listens.
        if (_tls is null && await PregreetCheck.IsRefusedAsync(_services, _pipe.Input, _client, _id, _mayTalkEarly, aborted))
        {
            await EndAsync(Replies.EarlyTalker, aborted);
            return;
        }

        var effect = _conduct.Say(_machine.Connect(), "the connection"u8);
        if (effect == SessionEffect.Ask) effect = await AskAsync(aborted);
        if (effect == SessionEffect.Abandon) return;
        ExpectCommand();
        while (await FlushAsync(aborted))
        {
            if (effect == SessionEffect.Close)
            {
                await Closing.DrainAsync(_pipe.Input);
                return;
            }

            var read = await ReadAsync(aborted);
            if (_deadline.HasPassed || _isStopping)
            {
                _pipe.Input.AdvanceTo(read.Buffer.Start);
                await EndAsync(
                    !_deadline.HasPassed ? Replies.ShuttingDown : Left > TimeSpan.Zero ? Replies.Timeout : Replies.SessionTooLong, aborted);
                return;
            }

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
            // Not for a part of a line, or a client that sends an octet now and then would never be late.
            if (_lines.Count > lines) ExpectCommand();
        }
    }

    // What is left of the time that the session may last.
    private TimeSpan Left => _services.Limits.SessionTimeout - _services.Time.GetElapsedTime(_started);

    /// <summary>
    /// The server is near its limit of connections: a client that is not trusted has little time from now on. Thread-safe.
    /// </summary>
    public void Hurry()
    {
        if (!_machine.IsTrusted) _deadline.Hurry(FrontendLimits.StressTimeout);
    }

    private void ExpectCommand()
    {
        var left = Left;
        // Between chunks a message holds memory, whatever commands come meanwhile.
        var timeout = _receiver.Patience ?? _services.Limits.CommandTimeout;
        if (_conduct.IsHurried && timeout > FrontendLimits.StressTimeout) timeout = FrontendLimits.StressTimeout;
        if (timeout > left) timeout = left;
        _deadline.Expect(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero);
    }

    private ValueTask<ReadResult> ReadAsync(CancellationToken aborted)
    {
        // The cancellation that came with stopping may have been spent on a read in DATA.
        if (_isStopping) _pipe.Input.CancelPendingRead();
        return _pipe.Input.ReadAsync(aborted);
    }

    /// <inheritdoc/>
    public LookAheadReader LookAhead()
    {
        if (_pipe is not LookAheadPipe pipe) _pipe = pipe = new LookAheadPipe(_pipe);
        return pipe.Ahead;
    }

    // What the client has sent behind the command stays unread, and is handled in its order afterwards.
    private async ValueTask<SessionEffect> AskAsync(CancellationToken aborted)
    {
        // The client hears what is known already, since it may have to wait for the rest.
        if (_pipe.Output.UnflushedBytes > 0 && !await FlushAsync(aborted)) return SessionEffect.Abandon;
        _deadline.Suspend();
        var input = LookAhead();
        SessionEffect effect;
        do
        {
            _asking = new Asking(_machine.Question!, _services, _client, _id);
            // A stop that came before could not know of it.
            if (_isStopping) _asking.Stop();
            var (verdict, end) = await _asking.RunAsync(input, aborted);
            _asking = null;
            if (end == AskResult.Stopped) await EndAsync(Replies.ShuttingDown, aborted);
            if (end != AskResult.Answered) return SessionEffect.Abandon;
            effect = _conduct.Say(_machine.Resume(verdict), _conduct.AskedBy);
        }
        while (effect == SessionEffect.Ask);
        return effect;
    }

    // Octets behind STARTTLS came in the clear, and may be anybody's: they are never read as if they had come under TLS (RFC 3207 section
    // 6, CVE-2011-0411). Those that arrive later meet the handshake, which they break.
    private async ValueTask<SessionEffect> StartTlsAsync(CancellationToken aborted)
    {
        if (_pipe.Input.TryRead(out var read))
        {
            _pipe.Input.AdvanceTo(read.Buffer.End);
            if (!read.Buffer.IsEmpty) return _conduct.Refuse(Replies.NothingBehindStartTls, "STARTTLS"u8, SessionEffect.Close);
        }

        _conduct.Write(Replies.StartTls);
        return await FlushAsync(aborted) && await SecureAsync(aborted) ? SessionEffect.None : SessionEffect.Abandon;
    }

    private ValueTask<bool> IsSilentAsync(CancellationToken aborted) =>
        _services.IsSilentAsync(_pipe.Input, _client, _id, () => _isStopping, aborted);

    private async ValueTask<bool> SecureAsync(CancellationToken aborted)
    {
        _deadline.Suspend();
        _tls = await _services.SecureAsync(_pipe, _profile.IsImplicitTls, _client, _id, aborted);
        if (_tls is null) return false;
        _pipe = _tls;
        _conduct.Output = _tls.Output;
        _machine.BeginSecure();
        return true;
    }

    private async ValueTask<SessionEffect> ReadMessageAsync(SessionEffect effect, CancellationToken aborted)
    {
        await _services.Intake.WaitForCapacityAsync(aborted);
        // The transaction is over when a refusal is logged.
        var sender = _machine.Sender;
        // 354 is the one reply that the client waits for before it goes on; and before chunks it may wait for those that came before.
        if (!await FlushAsync(aborted)) return SessionEffect.Abandon;
        var reception = effect switch
        {
            SessionEffect.ReadData => await _receiver.ReadDataAsync(_pipe.Input, _deadline, _tls?.Cipher, aborted),
            SessionEffect.ReadChunk => await _receiver.ReadChunkAsync(_pipe.Input, _deadline, _tls?.Cipher, aborted),
            _ => await _receiver.SkipChunkAsync(_pipe.Input, _deadline, aborted),
        };
        return _conduct.Say(reception, sender);
    }

    // False when the session is over: the client has gone, or it does not read what it is told.
    private async ValueTask<bool> FlushAsync(CancellationToken aborted)
    {
        var flush = await _pipe.Output.FlushAsync(aborted);
        return !flush.IsCompleted && !(flush.IsCanceled && _deadline.HasPassed);
    }

    private async ValueTask EndAsync(byte[] reply, CancellationToken aborted)
    {
        _conduct.Write(reply);
        using var limit = new CancellationTokenSource(FrontendLimits.Linger, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        if (await FlushAsync(either.Token)) await Closing.DrainAsync(_pipe.Input);
    }

    private void CancelWaiting()
    {
        _pipe.Input.CancelPendingRead();
        // Below TLS, where there is any: a record whose writing is cancelled is lost, and with it all that follows.
        _below.CancelPendingFlush();
    }
}

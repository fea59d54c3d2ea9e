using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Authentication;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend.Session;

/// <summary>
/// One client's session: the loop that alone touches the connection. It reads lines, has <see cref="SessionMachine"/> decide, and writes the replies of a
/// batch in one flush (RFC 2920).
/// </summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    /// <summary>Replies are flushed once they are this many octets, so that a client which sends without reading holds no more.</summary>
    private const int MaxUnflushed = 16 * 1024;

    private readonly string _id;
    private readonly bool _isImplicitTls;
    private readonly IPAddress _client;
    private readonly SessionServices _services;
    private readonly SessionMachine _machine;
    private readonly MessageReceiver _receiver;
    private readonly Deadline _deadline;
    private readonly PipeWriter _below;
    private volatile IDuplexPipe _pipe;
    private TlsPipe? _tls;
    private readonly long _started;
    private int _errors;
    private int _commands;
    private long _lines;
    private int _junk;
    private bool _isSkippingLine;
    private readonly bool _mayTalkEarly;
    private volatile bool _isStopping;

    /// <param name="id">The session's name in the log.</param>
    /// <param name="pipe">The connection.</param>
    /// <param name="client">Who is served.</param>
    /// <param name="services">What all sessions share.</param>
    /// <param name="isImplicitTls">Whether TLS comes first.</param>
    /// <param name="isProxy">Whether the client is a trusted proxy that speaks for itself, as in its own checks.</param>
    public SmtpSession(string id, IDuplexPipe pipe, IPAddress client, SessionServices services, bool isImplicitTls = false, bool isProxy = false)
    {
        _pipe = pipe;
        _below = pipe.Output;
        _started = services.Time.GetTimestamp();
        (_id, _client, _services, _isImplicitTls) = (id, client, services, isImplicitTls);
        _machine = new SessionMachine(services.Own, services.Limits, services.Relay, client, services.Memory);
        _receiver = new MessageReceiver(services, _machine, client);
        _mayTalkEarly = _machine.IsTrusted || isProxy;
        _deadline = new Deadline(services.Time, CancelWaiting);
    }

    /// <summary>Runs the session to its end. The connection is the caller's to close.</summary>
    public async Task RunAsync(CancellationToken aborted)
    {
        if (_isImplicitTls && (await IsSilentAsync(aborted) || !await SecureAsync(aborted))) return;
        await ServeAsync(aborted);
        if (_tls is not null) await _tls.ShutdownAsync().WaitAsync(FrontendLimits.Linger, _services.Time, aborted);
    }

    /// <summary>Asks the session to end: at once when it waits for a command, after its message when it is in DATA.</summary>
    public void Stop()
    {
        _isStopping = true;
        // In DATA this is one read more and no harm; not to ask leaves no moment in which it could be missed.
        _pipe.Input.CancelPendingRead();
    }

    public async ValueTask DisposeAsync()
    {
        // First, and to its end: its timer must not touch what is gone.
        await _deadline.DisposeAsync();
        _receiver.Dispose();
        _machine.Transaction.Reset();
        if (_tls is not null) await _tls.DisposeAsync();
    }

    private async ValueTask ServeAsync(CancellationToken aborted)
    {
        // Under TLS the client has shown that it listens.
        if (_tls is null && await HasSpokenAsync(aborted)) return;

        ExpectCommand();
        Write(_services.Own.Greeting);
        while (await FlushAsync(aborted))
        {
            var read = await ReadAsync(aborted);
            if (_deadline.HasPassed || _isStopping)
            {
                _pipe.Input.AdvanceTo(read.Buffer.Start);
                await EndAsync(!_deadline.HasPassed ? Replies.ShuttingDown : Left > TimeSpan.Zero ? Replies.Timeout : Replies.SessionTooLong, aborted);
                return;
            }

            var lines = _lines;
            var effect = HandleLines(read.Buffer, out var consumed, out var isAll);
            _pipe.Input.AdvanceTo(consumed, isAll ? read.Buffer.End : consumed);
            effect = effect switch
            {
                SessionEffect.ReadData or SessionEffect.ReadChunk or SessionEffect.SkipChunk => await ReadMessageAsync(effect, aborted),
                SessionEffect.StartTls => await StartTlsAsync(aborted),
                _ => effect,
            };
            if (effect == SessionEffect.Abandon) return;
            if (effect == SessionEffect.Close || (isAll && read.IsCompleted))
            {
                if (await FlushAsync(aborted)) await DrainAsync();
                return;
            }

            // Not for a part of a line, or a client that sends an octet now and then would never be late.
            if (_lines > lines) ExpectCommand();
        }
    }

    // Whether the client is told to go, since it has spoken before it was greeted. A trusted one is taken all the same: old programs and balancers' checks do so.
    private async ValueTask<bool> HasSpokenAsync(CancellationToken aborted)
    {
        var delay = _services.Limits.GreetingDelay;
        if (_mayTalkEarly)
        {
            if (await EarlyTalk.IsHeardAsync(_pipe.Input, TimeSpan.Zero, _services.Time, aborted) && _services.EarlyTalkers.IsNew(_client))
                _services.Logger.EarlyTalk(_client, _id);
            return false;
        }

        // Without a delay it would be chance whether the first packet is seen in time.
        if (delay == TimeSpan.Zero || !await EarlyTalk.IsHeardAsync(_pipe.Input, delay, _services.Time, aborted)) return false;
        _services.LogRefusal(_client, _id, Replies.EarlyTalker, "before the greeting"u8, "");
        await EndAsync(Replies.EarlyTalker, aborted);
        return true;
    }

    // What is left of the time that the session may last.
    private TimeSpan Left => _services.Limits.SessionTimeout - _services.Time.GetElapsedTime(_started);

    // Near the limit of connections those of strangers must not keep others out (Postfix's stress-dependent limits).
    private bool IsHurried => !_machine.IsTrusted && _services.Stress.IsOn;

    /// <summary>The server is near its limit of connections: a client that is not trusted has little time from now on. Thread-safe.</summary>
    public void Hurry()
    {
        if (!_machine.IsTrusted) _deadline.Hurry(FrontendLimits.StressTimeout);
    }

    private void ExpectCommand()
    {
        var left = Left;
        // Between chunks a message holds memory, whatever commands come meanwhile.
        var timeout = _receiver.Patience ?? _services.Limits.CommandTimeout;
        if (IsHurried && timeout > FrontendLimits.StressTimeout) timeout = FrontendLimits.StressTimeout;
        if (timeout > left) timeout = left;
        _deadline.Expect(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero);
    }

    private ValueTask<ReadResult> ReadAsync(CancellationToken aborted)
    {
        // The cancellation that came with stopping may have been spent on a read in DATA.
        if (_isStopping) _pipe.Input.CancelPendingRead();
        return _pipe.Input.ReadAsync(aborted);
    }

    private SessionEffect HandleLines(ReadOnlySequence<byte> buffer, out SequencePosition consumed, out bool isAll)
    {
        var effect = SessionEffect.None;
        var result = LineResult.Line;
        while (effect == SessionEffect.None && _pipe.Output.UnflushedBytes < MaxUnflushed
            && (result = LineParser.Read(ref buffer, ref _isSkippingLine, _machine.IsTrusted, out var line)) != LineResult.Incomplete)
        {
            _lines++;
            effect = result switch
            {
                LineResult.TooLong => Refuse(Replies.LineTooLong, "a line that is too long"u8),
                LineResult.BareCr => Refuse(Replies.BareLineEnd, "a line with a bare CR"u8),
                // At once, and the end: such a client would wait for ever for what a line without CR never gets, and where its next command begins would be a guess.
                LineResult.BareLf => Refuse(Replies.BareLineEnd, "a line with a bare LF"u8, SessionEffect.Close),
                _ => HandleLine(line),
            };
        }

        consumed = buffer.Start;
        isAll = result == LineResult.Incomplete;
        return effect;
    }

    private SessionEffect HandleLine(ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment) return HandleLine(line.FirstSpan);
        Span<byte> copy = stackalloc byte[FrontendLimits.CommandLine];
        line.CopyTo(copy);
        return HandleLine(copy[..(int)line.Length]);
    }

    private SessionEffect HandleLine(ReadOnlySpan<byte> line)
    {
        var answer = _machine.Handle(line);
        if (++_commands > _services.Limits.MaxCommands) return Refuse(Replies.TooManyCommands, line, SessionEffect.Close);
        _receiver.DropUnlessGoing();
        if (answer.IsError) return Refuse(answer.Reply, line, answer.Effect);
        if (answer.IsJunk && ++_junk > (IsHurried ? FrontendLimits.StressJunk : _services.Limits.MaxJunkCommands))
            return Refuse(Replies.TooMuchJunk, line, SessionEffect.Close);
        // Whether TLS starts depends on what stands behind the line.
        if (answer.Effect != SessionEffect.StartTls) Write(answer.Reply);
        return answer.Effect;
    }

    private SessionEffect Refuse(byte[] reply, ReadOnlySpan<byte> command, SessionEffect effect = SessionEffect.None)
    {
        _services.LogRefusal(_client, _id, reply, command, _machine.Sender);
        return Count(reply, effect);
    }

    // An error of the client's: too many of them end the session.
    private SessionEffect Count(byte[] reply, SessionEffect effect = SessionEffect.None)
    {
        Write(reply);
        var most = IsHurried ? 1 : _machine.ClientName.Length > 0 ? _services.Limits.MaxErrors : Math.Min(_services.Limits.MaxErrors, FrontendLimits.ErrorsBeforeHello);
        if (effect == SessionEffect.Close || ++_errors < most) return effect;
        Write(Replies.TooManyErrors);
        return SessionEffect.Close;
    }

    // Octets behind STARTTLS came in the clear, and may be anybody's: they are never read as if they had come under TLS (RFC 3207 section 6, CVE-2011-0411).
    // Those that arrive later meet the handshake, which they break.
    private async ValueTask<SessionEffect> StartTlsAsync(CancellationToken aborted)
    {
        if (_pipe.Input.TryRead(out var read))
        {
            _pipe.Input.AdvanceTo(read.Buffer.End);
            if (!read.Buffer.IsEmpty) return Refuse(Replies.NothingBehindStartTls, "STARTTLS"u8, SessionEffect.Close);
        }

        Write(Replies.StartTls);
        return await FlushAsync(aborted) && await SecureAsync(aborted) ? SessionEffect.None : SessionEffect.Abandon;
    }

    // Whether the client goes without an octet, as the check of a balancer does: that is no handshake that has failed. One that stays and says nothing is given up.
    private async ValueTask<bool> IsSilentAsync(CancellationToken aborted)
    {
        try
        {
            var (hasSpoken, hasEnded) = await EarlyTalk.LookAsync(_pipe.Input, FrontendLimits.Handshake, _services.Time, aborted);
            if (!hasSpoken && !hasEnded && !_isStopping) _services.LogTlsFailure(_client, _id, "it took too long");
            return !hasSpoken;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private async ValueTask<bool> SecureAsync(CancellationToken aborted)
    {
        _deadline.Suspend();
        using var limit = new CancellationTokenSource(FrontendLimits.Handshake, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        try
        {
            _tls = await _services.Tls!.AcceptAsync(_pipe, _isImplicitTls, either.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException || (e is OperationCanceledException && !aborted.IsCancellationRequested))
        {
            _services.LogTlsFailure(_client, _id, limit.IsCancellationRequested ? "it took too long" : e.GetBaseException().Message);
            return false;
        }

        _pipe = _tls;
        _machine.BeginSecure();
        return true;
    }

    private async ValueTask<SessionEffect> ReadMessageAsync(SessionEffect effect, CancellationToken aborted)
    {
        await _services.Intake.WaitForRoomAsync(aborted);
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
        if (reception.End == ReceptionEnd.Refused)
        {
            _services.LogRefusal(_client, _id, reception.Reply, "the content"u8, sender);
            return Count(reception.Reply);
        }

        if (reception.End == ReceptionEnd.Stored) _junk = 0;
        Write(reception.Reply);
        return reception.End == ReceptionEnd.Over ? SessionEffect.Close : SessionEffect.None;
    }

    private void Write(byte[] reply) => _pipe.Output.Write(reply);

    // False when the session is over: the client has gone, or it does not read what it is told.
    private async ValueTask<bool> FlushAsync(CancellationToken aborted)
    {
        var flush = await _pipe.Output.FlushAsync(aborted);
        return !flush.IsCompleted && !(flush.IsCanceled && _deadline.HasPassed);
    }

    private async ValueTask EndAsync(byte[] reply, CancellationToken aborted)
    {
        Write(reply);
        using var limit = new CancellationTokenSource(FrontendLimits.Linger, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        if (await FlushAsync(either.Token)) await DrainAsync();
    }

    // A connection that is closed with unread input is reset, and the client loses the last reply with it. What is here already is read; a client that goes on sending is left.
    private async ValueTask DrainAsync()
    {
        for (var left = (long)FrontendLimits.DrainAtEnd; left > 0 && _pipe.Input.TryRead(out var read);)
        {
            left -= Math.Max(1, read.Buffer.Length);
            _pipe.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled) return;
            // The transport fills the room that was made.
            await Task.Yield();
        }
    }

    private void CancelWaiting()
    {
        _pipe.Input.CancelPendingRead();
        // Below TLS, where there is any: a record whose writing is cancelled is lost, and with it all that follows.
        _below.CancelPendingFlush();
    }
}

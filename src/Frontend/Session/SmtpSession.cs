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
    private int _junk;
    private bool _isSkippingLine;
    private volatile bool _isStopping;

    public SmtpSession(string id, IDuplexPipe pipe, IPAddress client, SessionServices services, bool isImplicitTls = false)
    {
        _pipe = pipe;
        _below = pipe.Output;
        _started = services.Time.GetTimestamp();
        (_id, _client, _services, _isImplicitTls) = (id, client, services, isImplicitTls);
        _machine = new SessionMachine(services.Own, services.Limits, services.Relay, client, services.Memory);
        _receiver = new MessageReceiver(services, _machine, client);
        _deadline = new Deadline(services.Time, CancelWaiting);
    }

    /// <summary>Runs the session to its end. The connection is the caller's to close.</summary>
    public async Task RunAsync(CancellationToken aborted)
    {
        if (_isImplicitTls && !await SecureAsync(aborted)) return;
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
        if (_tls is null && await EarlyTalk.IsHeardAsync(_pipe.Input, _services.Limits.GreetingDelay, _services.Time, aborted))
        {
            _services.LogRefusal(_client, _id, Replies.EarlyTalker);
            await EndAsync(Replies.EarlyTalker, aborted);
            return;
        }

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
                await FlushAsync(aborted);
                return;
            }

            ExpectCommand();
        }
    }

    // What is left of the time that the session may last.
    private TimeSpan Left => _services.Limits.SessionTimeout - _services.Time.GetElapsedTime(_started);

    private void ExpectCommand()
    {
        var left = Left;
        // Between chunks a message holds memory.
        var timeout = _machine.State == SessionState.Chunks ? _services.Limits.DataTimeout : _services.Limits.CommandTimeout;
        _deadline.Expect(left > timeout ? timeout : left > TimeSpan.Zero ? left : TimeSpan.Zero);
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
            effect = result switch
            {
                LineResult.TooLong => Refuse(Replies.LineTooLong),
                LineResult.BareCr => Refuse(Replies.BareLineEnd),
                // At once, and the end: such a client would wait for ever for what a line without CR never gets, and where its next command begins would be a guess.
                LineResult.BareLf => Refuse(Replies.BareLineEnd, SessionEffect.Close),
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
        if (++_commands > _services.Limits.MaxCommands) return Refuse(Replies.TooManyCommands, SessionEffect.Close);
        _receiver.DropUnlessGoing();
        if (answer.IsError) return Refuse(answer.Reply, answer.Effect);
        if (answer.IsJunk && ++_junk > _services.Limits.MaxJunkCommands) return Refuse(Replies.TooMuchJunk, SessionEffect.Close);
        // Whether TLS starts depends on what stands behind the line.
        if (answer.Effect != SessionEffect.StartTls) Write(answer.Reply);
        return answer.Effect;
    }

    private SessionEffect Refuse(byte[] reply, SessionEffect effect = SessionEffect.None)
    {
        _services.LogRefusal(_client, _id, reply);
        Write(reply);
        var most = _machine.ClientName.Length > 0 ? _services.Limits.MaxErrors : Math.Min(_services.Limits.MaxErrors, FrontendLimits.ErrorsBeforeHello);
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
            if (!read.Buffer.IsEmpty) return Refuse(Replies.NothingBehindStartTls, SessionEffect.Close);
        }

        Write(Replies.StartTls);
        return await FlushAsync(aborted) && await SecureAsync(aborted) ? SessionEffect.None : SessionEffect.Abandon;
    }

    private async ValueTask<bool> SecureAsync(CancellationToken aborted)
    {
        _deadline.Suspend();
        using var limit = new CancellationTokenSource(FrontendLimits.Handshake, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        try
        {
            _tls = await _services.Tls!.AcceptAsync(_pipe, either.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException || (e is OperationCanceledException && !aborted.IsCancellationRequested))
        {
            _services.LogTlsFailure(_client, _id, limit.IsCancellationRequested ? "it took too long" : e.Message);
            return false;
        }

        _pipe = _tls;
        _machine.BeginSecure();
        return true;
    }

    private async ValueTask<SessionEffect> ReadMessageAsync(SessionEffect effect, CancellationToken aborted)
    {
        await _services.Intake.WaitForRoomAsync(aborted);
        // 354 is the one reply that the client waits for before it goes on; and before chunks it may wait for those that came before.
        if (!await FlushAsync(aborted)) return SessionEffect.Abandon;
        var reception = effect switch
        {
            SessionEffect.ReadData => await _receiver.ReadDataAsync(_pipe.Input, _deadline, _tls?.Cipher, aborted),
            SessionEffect.ReadChunk => await _receiver.ReadChunkAsync(_pipe.Input, _deadline, _tls?.Cipher, aborted),
            _ => await _receiver.SkipChunkAsync(_pipe.Input, _deadline, aborted),
        };
        if (reception.End == ReceptionEnd.Refused) return Refuse(reception.Reply);
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
        await FlushAsync(either.Token);
    }

    private void CancelWaiting()
    {
        _pipe.Input.CancelPendingRead();
        // Below TLS, where there is any: a record whose writing is cancelled is lost, and with it all that follows.
        _below.CancelPendingFlush();
    }
}

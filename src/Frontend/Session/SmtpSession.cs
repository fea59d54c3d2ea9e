using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Protocol;
using Postfleet.Spool;

namespace Postfleet.Frontend.Session;

/// <summary>What all sessions of a server share.</summary>
internal sealed record SessionServices(
    string Hostname, SmtpOptions Limits, RelayPolicy Relay, MessageIntake Intake, BodyMemory Memory, TimeProvider Time, ILogger Logger);

/// <summary>
/// One client's session: the loop that alone touches the connection. It reads lines, has <see cref="SessionMachine"/> decide, and writes the replies of a
/// batch in one flush (RFC 2920).
/// </summary>
internal sealed class SmtpSession : IDisposable
{
    /// <summary>Longest command line, with its CRLF. RFC 5321 section 4.5.3.1.4 asks for 512 and what extensions add; 2,048 as Postfix.</summary>
    public const int MaxLine = 2048;

    private readonly string _id;
    private readonly IDuplexPipe _pipe;
    private readonly IPAddress _client;
    private readonly SessionServices _services;
    private readonly SessionMachine _machine;
    private readonly ITimer _timer;
    private long _deadline;
    private int _errors;
    private bool _isSkippingLine;
    private volatile bool _isTimedOut;
    private volatile bool _isStopping;
    private volatile bool _isInData;

    public SmtpSession(string id, IDuplexPipe pipe, IPAddress client, SessionServices services)
    {
        (_id, _pipe, _client, _services) = (id, pipe, client, services);
        _machine = new SessionMachine(services.Hostname, services.Limits, services.Relay, client);
        _timer = services.Time.CreateTimer(_ => CheckDeadline(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Runs the session to its end. The connection is the caller's to close.</summary>
    public async Task RunAsync(CancellationToken aborted)
    {
        Expect(_services.Limits.CommandTimeout);
        Write(Replies.Line($"220 {_services.Hostname} ESMTP Postfleet"));
        while (true)
        {
            await _pipe.Output.FlushAsync(aborted);
            if (_isStopping)
            {
                await EndAsync(Replies.ShuttingDown, aborted);
                return;
            }

            var read = await _pipe.Input.ReadAsync(aborted);
            if (read.IsCanceled && (_isTimedOut || _isStopping))
            {
                _pipe.Input.AdvanceTo(read.Buffer.Start);
                await EndAsync(_isTimedOut ? Replies.Timeout : Replies.ShuttingDown, aborted);
                return;
            }

            var effect = HandleLines(read.Buffer, out var consumed, out var examined);
            _pipe.Input.AdvanceTo(consumed, examined);
            Expect(_services.Limits.CommandTimeout);
            if (effect == SessionEffect.ReadData && !await ReadMessageAsync(aborted)) return;
            if (effect == SessionEffect.Close)
            {
                await _pipe.Output.FlushAsync(aborted);
                return;
            }

            if (read.IsCompleted && effect == SessionEffect.None) return;
        }
    }

    /// <summary>Asks the session to end: at once when it waits for a command, after its message when it is in DATA.</summary>
    public void Stop()
    {
        _isStopping = true;
        if (!_isInData) _pipe.Input.CancelPendingRead();
    }

    public void Dispose() => _timer.Dispose();

    private SessionEffect HandleLines(ReadOnlySequence<byte> buffer, out SequencePosition consumed, out SequencePosition examined)
    {
        examined = buffer.End;
        while (buffer.PositionOf((byte)'\n') is { } end)
        {
            var line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            var effect = HandleLine(line);
            if (effect == SessionEffect.None) continue;
            consumed = examined = buffer.Start;
            return effect;
        }

        if (buffer.Length > MaxLine)
        {
            // Said once; the rest of the line is thrown away as it comes.
            if (!_isSkippingLine && Refuse(Replies.LineTooLong) == SessionEffect.Close)
            {
                consumed = buffer.End;
                return SessionEffect.Close;
            }

            _isSkippingLine = true;
            buffer = buffer.Slice(buffer.End);
        }

        consumed = buffer.Start;
        return SessionEffect.None;
    }

    private SessionEffect HandleLine(ReadOnlySequence<byte> line)
    {
        if (_isSkippingLine)
        {
            _isSkippingLine = false;
            return SessionEffect.None;
        }

        if (line.Length > MaxLine) return Refuse(Replies.LineTooLong);
        if (line.IsSingleSegment) return HandleLine(line.FirstSpan);
        Span<byte> copy = stackalloc byte[MaxLine];
        line.CopyTo(copy);
        return HandleLine(copy[..(int)line.Length]);
    }

    // The line with its CR and without its LF. An LF alone ends no line that is obeyed, and a CR inside is none either.
    private SessionEffect HandleLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line.IndexOf((byte)'\r') != line.Length - 1) return Refuse(Replies.BareLineEnd);
        var answer = _machine.Handle(line[..^1]);
        if (answer.IsError) return Refuse(answer.Reply);
        Write(answer.Reply);
        return answer.Effect;
    }

    private SessionEffect Refuse(byte[] reply)
    {
        if (_services.Logger.IsEnabled(LogLevel.Information)) _services.Logger.Refused(_client, _id, Encoding.ASCII.GetString(reply).TrimEnd());
        Write(reply);
        if (++_errors < _services.Limits.MaxErrors) return SessionEffect.None;
        Write(Replies.TooManyErrors);
        return SessionEffect.Close;
    }

    // False when the client has gone or is too slow: then the session is over, and nothing of the message is kept.
    private async ValueTask<bool> ReadMessageAsync(CancellationToken aborted)
    {
        _isInData = true;
        try
        {
            await _pipe.Output.FlushAsync(aborted);
            var started = _services.Time.GetTimestamp();
            var transaction = _machine.Transaction;
            var id = MessageId.New(_services.Time.GetUtcNow());
            var content = new ContentBuilder();
            content.Append(TraceHeaders.Received(
                _machine.ClientName, _client, _services.Hostname, _machine.IsExtended, id,
                transaction.Recipients.Count == 1 ? transaction.Recipients[0] : null, _services.Time.GetUtcNow()));
            var header = content.Length;
            var limit = Limit(transaction.DeclaredSize);
            var decoder = new DataDecoder(content, header + limit);
            using var reservation = new ReservationSlot();
            while (!decoder.IsDone)
            {
                Expect(_services.Limits.DataTimeout);
                var read = await _pipe.Input.ReadAsync(aborted);
                if (_isTimedOut)
                {
                    _pipe.Input.AdvanceTo(read.Buffer.Start);
                    await EndAsync(Replies.Timeout, aborted);
                    return false;
                }

                _pipe.Input.AdvanceTo(decoder.Decode(read.Buffer));
                if (read.IsCompleted && !decoder.IsDone) return false;
                if (!decoder.IsDone && reservation.IsEmpty && content.Length > BodyMemory.FreeBlock / 2)
                {
                    Expect(Timeout.InfiniteTimeSpan);
                    reservation.Value = await _services.Memory.ReserveAsync(limit, aborted);
                }
            }

            // The client waits for us now, and not we for it.
            Expect(Timeout.InfiniteTimeSpan);
            await AcceptAsync(id, content, decoder, started, limit < _services.Limits.MaxMessageSize.Bytes, aborted);
            return true;
        }
        finally
        {
            _machine.EndTransaction();
            _isInData = false;
        }
    }

    private async ValueTask AcceptAsync(
        MessageId id, ContentBuilder builder, DataDecoder decoder, long started, bool isSizeDeclared, CancellationToken aborted)
    {
        var content = builder.Build();
        var refusal = decoder.HasBareLineEnd ? Replies.BareLineEndInData
            : decoder.IsTooLong ? isSizeDeclared ? Replies.LargerThanDeclared : Replies.TooLarge
            : TraceHeaders.CountHops(content.Octets) > TraceHeaders.MaxHops + 1 ? Replies.TooManyHops
            : null;
        if (refusal is not null)
        {
            Refuse(refusal);
            return;
        }

        var transaction = _machine.Transaction;
        var envelope = new MessageEnvelope
        {
            ReversePath = transaction.ReversePath,
            HasEightBitContent = builder.HasEightBit,
            Size = content.Length,
            ClientAddress = _client.ToString(),
            ClientName = _machine.ClientName,
        };
        var result = await _services.Intake.AcceptAsync(id, envelope, transaction.Recipients, content, aborted);
        if (result == StoreResult.Stored)
        {
            Log(id, transaction, content.Length, started);
            Write(Replies.Line($"250 2.0.0 Ok: queued as {id}"));
            return;
        }

        Write(result == StoreResult.InsufficientStorage ? Replies.InsufficientStorage : Replies.StorageUnavailable);
    }

    // RFC 1870 calls the declared size an estimate, so it is given an eighth and a block of air.
    private long Limit(long? declared)
    {
        var max = _services.Limits.MaxMessageSize.Bytes;
        return declared is { } size ? Math.Min(max, size + size / 8 + BodyMemory.FreeBlock) : max;
    }

    private void Log(MessageId id, Transaction transaction, long size, long started)
    {
        if (!_services.Logger.IsEnabled(LogLevel.Information)) return;
        var queues = transaction.Recipients.Select(recipient => recipient.Domain.Value).Distinct().Take(10);
        _services.Logger.Accepted(id, transaction.ReversePath?.Address ?? "<>", _client, size, transaction.Recipients.Count,
            string.Join(',', queues), Math.Round(_services.Time.GetElapsedTime(started).TotalMilliseconds, 3));
    }

    private void Write(byte[] reply) => _pipe.Output.Write(reply);

    private async ValueTask EndAsync(byte[] reply, CancellationToken aborted)
    {
        Write(reply);
        await _pipe.Output.FlushAsync(aborted);
    }

    // One timer a session: reads only move the deadline, and the timer looks at it when it fires.
    private void Expect(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            Volatile.Write(ref _deadline, long.MaxValue);
            return;
        }

        var now = _services.Time.GetTimestamp();
        var deadline = now + (long)(timeout.TotalSeconds * _services.Time.TimestampFrequency);
        var before = Interlocked.Exchange(ref _deadline, deadline);
        if (before == 0 || before == long.MaxValue || before > deadline) _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    private void CheckDeadline()
    {
        var deadline = Volatile.Read(ref _deadline);
        if (deadline == long.MaxValue) return;
        var left = _services.Time.GetElapsedTime(_services.Time.GetTimestamp(), deadline);
        if (left > TimeSpan.Zero)
        {
            _timer.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            return;
        }

        _isTimedOut = true;
        _pipe.Input.CancelPendingRead();
    }

    private sealed class ReservationSlot : IDisposable
    {
        public BodyMemory.Reservation? Value { get; set; }

        public bool IsEmpty => Value is null;

        public void Dispose() => Value?.Dispose();
    }
}

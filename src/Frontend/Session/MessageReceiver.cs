using System.IO.Pipelines;
using System.Net;
using System.Text;
using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Protocol;
using Postfleet.Spool;

namespace Postfleet.Frontend.Session;

/// <summary>What came of content that a client has sent.</summary>
internal enum ReceptionEnd
{
    /// <summary>The message is stored.</summary>
    Stored,

    /// <summary>A chunk is in, and more are to come.</summary>
    Going,

    /// <summary>It is refused, and this is an error of the client's.</summary>
    Refused,

    /// <summary>It cannot be stored now.</summary>
    NotStored,

    /// <summary>The session is over.</summary>
    Over,
}

/// <summary>A reply to content, none where it is empty, and what follows from it.</summary>
internal readonly record struct Reception(byte[] Reply, ReceptionEnd End);

/// <summary>
/// Receives a session's messages, by DATA or in chunks by BDAT, and has them stored. Holds what has come of a message between two chunks. Used by the session's
/// loop alone.
/// </summary>
internal sealed class MessageReceiver(SessionServices services, SessionMachine machine, IPAddress client) : IDisposable
{
    private MessageReader? _reader;
    private MessageId _id;
    private long _started;

    /// <summary>How long the client may still take for the next chunk of a message that has begun; null where none has.</summary>
    public TimeSpan? Patience => _reader?.Patience;

    /// <summary>Receives the content behind DATA.</summary>
    public async ValueTask<Reception> ReadDataAsync(PipeReader input, Deadline deadline, string? cipher, CancellationToken aborted)
    {
        _reader = Begin(cipher, isChunked: false);
        var end = await _reader.ReadAsync(input, deadline, aborted);
        return end == DataEnd.Complete ? await FinishAsync(deadline, aborted) : Over(end);
    }

    /// <summary>Receives the octets behind BDAT.</summary>
    public async ValueTask<Reception> ReadChunkAsync(PipeReader input, Deadline deadline, string? cipher, CancellationToken aborted)
    {
        var chunk = machine.Chunk;
        _reader ??= Begin(cipher, isChunked: true);
        var end = await _reader.ReadChunkAsync(input, chunk, deadline, aborted);
        if (end != DataEnd.Complete) return Over(end);
        // Refused as soon as it can be: what follows of it is passed over (RFC 3030 section 2).
        if (chunk.IsLast || _reader.IsRefused) return await FinishAsync(deadline, aborted);
        return new Reception(Encoding.ASCII.GetBytes($"250 2.0.0 {chunk.Octets} octets received\r\n"), ReceptionEnd.Going);
    }

    /// <summary>Passes over the octets behind a BDAT that is refused: they are no commands (RFC 3030 section 2).</summary>
    public async ValueTask<Reception> SkipChunkAsync(PipeReader input, Deadline deadline, CancellationToken aborted)
    {
        var pace = new DataPace(services.Limits, services.Time);
        var drain = new Drain(services.Limits, services.Time);
        for (var left = machine.Chunk.Octets; left > 0;)
        {
            var wait = pace.BeginWait();
            deadline.Expect(drain.Left < wait ? drain.Left : wait);
            var read = await input.ReadAsync(aborted);
            pace.EndWait();
            var taken = Math.Min(left, read.Buffer.Length);
            left -= taken;
            pace.Take(taken);
            drain.Take(taken);
            input.AdvanceTo(read.Buffer.GetPosition(taken));
            if (drain.IsOver) return Over(DataEnd.Endless);
            if (deadline.HasPassed || pace.IsTooSlow) return Over(pace.IsPauseTooLong ? DataEnd.TimedOut : DataEnd.TooSlow);
            if (read.IsCompleted && left > 0) return Over(DataEnd.Gone);
        }

        return new Reception([], ReceptionEnd.Going);
    }

    /// <summary>Forgets a message whose transaction is over before its last chunk has come.</summary>
    public void DropUnlessGoing()
    {
        if (machine.State != SessionState.Chunks) Drop();
    }

    public void Dispose() => Drop();

    private MessageReader Begin(string? cipher, bool isChunked)
    {
        _started = services.Time.GetTimestamp();
        _id = MessageId.New(services.Time.GetUtcNow());
        var transaction = machine.Transaction;
        var protocol = TraceHeaders.Protocol(machine.IsExtended, machine.IsSecure, transaction.Parameters.IsSmtpUtf8);
        var header = TraceHeaders.Received(
            machine.ClientName, client, services.Own.Hostname, protocol, cipher, _id,
            transaction.Recipients.Count == 1 ? transaction.Recipients[0] : null, services.Time.GetWallTime());
        return new MessageReader(header, transaction.Parameters.Size, isChunked, services.Relay.IsTrusted(client) ? null : client, services);
    }

    private async ValueTask<Reception> FinishAsync(Deadline deadline, CancellationToken aborted)
    {
        deadline.Suspend();
        var reader = _reader!;
        var reception = reader.Refusal(out var content) is { } refusal
            ? new Reception(refusal, ReceptionEnd.Refused) : await StoreAsync(content, reader.HasEightBit, aborted);
        machine.EndTransaction();
        Drop();
        return reception;
    }

    private async ValueTask<Reception> StoreAsync(MessageContent content, bool hasEightBit, CancellationToken aborted)
    {
        var transaction = machine.Transaction;
        var parameters = transaction.Parameters;
        var envelope = new MessageEnvelope
        {
            ReversePath = transaction.ReversePath,
            HasEightBitContent = hasEightBit,
            NeedsSmtpUtf8 = parameters.IsSmtpUtf8
                && (transaction.ReversePath is { IsAscii: false } || (hasEightBit && TraceHeaders.HasEightBit(content.Octets))),
            RequiresTls = parameters.RequiresTls,
            Size = content.Length,
            ClientAddress = client.ToString(),
            ClientName = machine.ClientName,
            EnvelopeId = parameters.EnvelopeId ?? "",
            Return = parameters.Return,
            IsFromStranger = !services.Relay.IsTrusted(client),
        };
        var result = await services.Intake.AcceptAsync(_id, envelope, transaction.Recipients, transaction.Requests, content, aborted);
        if (result == StoreResult.Stored)
        {
            services.LogAccepted(_id, client, transaction, content.Length, _started);
            return new Reception(Encoding.ASCII.GetBytes($"250 2.0.0 Ok: queued as {_id}\r\n"), ReceptionEnd.Stored);
        }

        services.LogNotStored(_id, client, result);
        return new Reception(
            result == StoreResult.InsufficientStorage ? Replies.InsufficientStorage : Replies.StorageUnavailable, ReceptionEnd.NotStored);
    }

    private Reception Over(DataEnd end)
    {
        Drop();
        var reply = end switch { DataEnd.TimedOut => Replies.Timeout, DataEnd.TooSlow => Replies.TooSlow, DataEnd.Endless => Replies.Endless, DataEnd.Odd => Replies.BareLineEndInData, _ => [] };
        return new Reception(reply, ReceptionEnd.Over);
    }

    private void Drop()
    {
        _reader?.Dispose();
        _reader = null;
    }
}

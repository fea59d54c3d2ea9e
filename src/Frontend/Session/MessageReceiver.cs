using System.IO.Pipelines;
using System.Text;
using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Protocol;
using Postfleet.Spool;

namespace Postfleet.Frontend.Session;

/// <summary>What came of content that a client has sent.</summary>
internal enum ReceptionResult
{
    /// <summary>The message is stored.</summary>
    Stored,

    /// <summary>A chunk is in, and more are to come.</summary>
    Going,

    /// <summary>It is refused, and this is an error of the client's.</summary>
    Refused,

    /// <summary>A check puts it off.</summary>
    Deferred,

    /// <summary>It cannot be stored now.</summary>
    NotStored,

    /// <summary>The session is over.</summary>
    Over,
}

/// <summary>A reply to content, none where it is empty, and what follows from it.</summary>
internal readonly record struct Reception(byte[] Reply, ReceptionResult Result);

/// <summary>
/// Receives a session's messages, by DATA or in chunks by BDAT, has them judged, and has them stored. What has come of a message belongs to
/// the transaction. Used by the session's
/// loop alone.
/// </summary>
/// <param name="services">The limits, the memory of all sessions, the clock.</param>
/// <param name="machine">The session's machine.</param>
/// <param name="session">The session's id in the log.</param>
/// <param name="lookAhead">The session's input as one that can be looked at.</param>
internal sealed class MessageReceiver(SessionServices services, SessionMachine machine, string session, ILookAhead lookAhead)
{
    /// <summary>How long the client may still take for the next chunk of a message that has begun; null where none has.</summary>
    public TimeSpan? Patience => Reader?.Patience;

    private MessageReader? Reader => (MessageReader?)machine.Transaction.Content;

    /// <summary>Receives the content behind DATA.</summary>
    public async ValueTask<Reception> ReadDataAsync(PipeReader input, Deadline deadline, string? cipher, CancellationToken aborted)
    {
        var end = await Begin(cipher, isChunked: false).ReadAsync(input, deadline, aborted);
        return end == ContentResult.Complete ? await FinishAsync(deadline, aborted) : Over(end);
    }

    /// <summary>Receives the octets behind BDAT.</summary>
    public async ValueTask<Reception> ReadChunkAsync(PipeReader input, Deadline deadline, string? cipher, CancellationToken aborted)
    {
        var chunk = machine.Chunk;
        var end = await (Reader ?? Begin(cipher, isChunked: true)).ReadChunkAsync(input, chunk, deadline, aborted);
        if (end != ContentResult.Complete) return Over(end);
        // Refused as soon as it can be: what follows of it is passed over (RFC 3030 section 2).
        if (chunk.IsLast || Reader!.IsRefused) return await FinishAsync(deadline, aborted);
        return new Reception(Encoding.ASCII.GetBytes($"250 2.0.0 {chunk.Octets} octets received\r\n"), ReceptionResult.Going);
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
            if (drain.IsOver) return Over(ContentResult.Endless);
            if (deadline.HasPassed || pace.IsTooSlow) return Over(pace.IsPauseTooLong ? ContentResult.TimedOut : ContentResult.TooSlow);
            if (read.IsCompleted && left > 0) return Over(ContentResult.Gone);
        }

        return new Reception([], ReceptionResult.Going);
    }

    private MessageReader Begin(string? cipher, bool isChunked)
    {
        var id = MessageId.New(services.Time.GetUtcNow());
        var transaction = machine.Transaction;
        var protocol = TraceHeaders.Protocol(machine.IsExtended, machine.IsSecure, transaction.Parameters.IsSmtpUtf8);
        var header = TraceHeaders.Received(
            machine.ClientName, machine.Client, services.Own.Hostname, protocol, cipher, id,
            transaction.Recipients.Count == 1 ? transaction.Recipients[0] : null, services.Time.GetWallTime());
        var charged = machine.IsTrusted ? null : machine.Client;
        var reader = new MessageReader(header, transaction.Parameters.Size, isChunked, charged, services, lookAhead);
        transaction.BeginContent(id, services.Time.GetTimestamp(), reader);
        return reader;
    }

    private async ValueTask<Reception> FinishAsync(Deadline deadline, CancellationToken aborted)
    {
        deadline.Suspend();
        var reader = Reader!;
        var reception = reader.Refusal(out var content) is { } refusal
            ? new Reception(refusal, ReceptionResult.Refused) : await JudgeAsync(reader, content, aborted);
        machine.EndTransaction();
        return reception;
    }

    private ValueTask<Reception> JudgeAsync(MessageReader reader, MessageContent content, CancellationToken aborted)
    {
        var answer = machine.Complete(content);
        return answer.Effect == SessionEffect.Ask ? AskAsync(reader, content, aborted) : ConcludeAsync(answer, reader, content, aborted);
    }

    // The client has handed its message over: as while it is stored, neither its leaving nor a server that stops ends this. The time does,
    // and the end of the grace.
    private async ValueTask<Reception> AskAsync(MessageReader reader, MessageContent content, CancellationToken aborted)
    {
        Answer answer;
        do
        {
            var asking = new Asking(machine.Question!, services, machine.Client, session);
            answer = machine.Resume(await asking.RunAsync(aborted));
        }
        while (answer.Effect == SessionEffect.Ask);
        return await ConcludeAsync(answer, reader, content, aborted);
    }

    private ValueTask<Reception> ConcludeAsync(in Answer answer, MessageReader reader, MessageContent content, CancellationToken aborted)
    {
        if (answer.Effect == SessionEffect.Store)
            return machine.DiscardedBy is { } check ? new(Discard(check)) : StoreAsync(reader, content, aborted);
        var reply = answer.Reply.ToArray();
        if (answer.Effect == SessionEffect.Close) return new(new Reception(reply, ReceptionResult.Over));
        return new(new Reception(reply, answer.IsError ? ReceptionResult.Refused : ReceptionResult.Deferred));
    }

    private Reception Discard(string check)
    {
        var transaction = machine.Transaction;
        services.LogDiscarded(transaction.Id, machine, [.. transaction.Recipients, .. transaction.Discarded ?? []], check);
        return Queued(transaction.Id);
    }

    private async ValueTask<Reception> StoreAsync(MessageReader reader, MessageContent content, CancellationToken aborted)
    {
        var transaction = machine.Transaction;
        if (machine.Headers is { } headers) content = AddedHeaders.Above(content, headers);
        var result = await services.Intake.AcceptAsync(
            transaction.Id, Envelope(content, reader.HasEightBit), transaction.Recipients, transaction.Requests, content, aborted);
        if (result != StoreResult.Stored)
        {
            services.LogNotStored(transaction.Id, machine.Client, result);
            var reply = result == StoreResult.InsufficientStorage ? Replies.InsufficientStorage : Replies.StorageUnavailable;
            return new Reception(reply, ReceptionResult.NotStored);
        }

        services.LogAccepted(transaction.Id, machine.Client, transaction, content.Length, transaction.ContentBegan);
        if (transaction.Discarded is { } discarded) services.LogDiscarded(transaction.Id, machine, discarded, transaction.DiscardedBy!);
        return Queued(transaction.Id);
    }

    private MessageEnvelope Envelope(MessageContent content, bool hasEightBit)
    {
        var transaction = machine.Transaction;
        var parameters = transaction.Parameters;
        return new MessageEnvelope
        {
            ReversePath = transaction.ReversePath,
            HasEightBitContent = hasEightBit,
            NeedsSmtpUtf8 = parameters.IsSmtpUtf8
                && (transaction.ReversePath is { IsAscii: false } || (hasEightBit && TraceHeaders.HasEightBit(content.Octets))),
            RequiresTls = parameters.RequiresTls,
            Size = content.Length,
            ClientAddress = machine.Client.ToString(),
            ClientName = machine.ClientName,
            EnvelopeId = parameters.EnvelopeId ?? "",
            Return = parameters.Return,
            IsFromStranger = !machine.IsTrusted,
        };
    }

    private static Reception Queued(MessageId id) =>
        new(Encoding.ASCII.GetBytes($"250 2.0.0 Ok: queued as {id}\r\n"), ReceptionResult.Stored);

    private Reception Over(ContentResult end)
    {
        machine.Transaction.DropContent();
        byte[] reply = end switch
        {
            ContentResult.TimedOut => Replies.Timeout,
            ContentResult.TooSlow => Replies.TooSlow,
            ContentResult.Endless => Replies.Endless,
            ContentResult.Odd => Replies.BareLineEndInData,
            _ => [],
        };
        return new Reception(reply, ReceptionResult.Over);
    }
}

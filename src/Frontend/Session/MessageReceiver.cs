using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Contracts.Tracing;
using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Receives the messages of a session by DATA or BDAT, runs the checks of the data stage, and stores the messages. The received content
/// belongs to the transaction. Used by the session's loop alone.
/// </summary>
/// <param name="services">The limits, the memory of all sessions, the clock.</param>
/// <param name="machine">The session's machine.</param>
/// <param name="session">The session's id in the log.</param>
/// <param name="lookAhead">Gives the input to watch while a message waits for memory.</param>
internal sealed class MessageReceiver(SessionServices services, SessionMachine machine, string session, ILookAhead lookAhead)
{
    private IdempotencyKey? _key;

    /// <summary>How long the client may still take for the next chunk; null outside of a message in chunks.</summary>
    public TimeSpan? TimeLeft => Reader?.TimeLeft;

    private long _completedAt;

    private MessageReader? Reader => (MessageReader?)machine.Transaction.Content;

    /// <summary>Receives the content after DATA.</summary>
    public async ValueTask<Reception> ReadDataAsync(PipeReader input, Deadline deadline, CancellationToken aborted)
    {
        var end = await Begin(isChunked: false).ReadAsync(input, deadline, aborted);
        return end == ContentResult.Complete ? await FinishAsync(deadline, aborted) : EndSession(end);
    }

    /// <summary>Receives the chunk after BDAT.</summary>
    public async ValueTask<Reception> ReadChunkAsync(PipeReader input, Deadline deadline, CancellationToken aborted)
    {
        var chunk = machine.Chunk;
        var end = await (Reader ?? Begin(isChunked: true)).ReadChunkAsync(input, chunk, deadline, aborted);
        if (end != ContentResult.Complete) return EndSession(end);
        // A message is refused with its first bad chunk; the remaining chunks are read and dropped (RFC 3030 section 2).
        if (chunk.IsLast || Reader!.IsRefused) return await FinishAsync(deadline, aborted);
        return new Reception(Encoding.ASCII.GetBytes($"250 2.0.0 {chunk.Octets} octets received\r\n"), ReceptionResult.Incomplete);
    }

    /// <summary>Reads and drops the chunk after a refused BDAT (RFC 3030 section 2).</summary>
    public async ValueTask<Reception> SkipChunkAsync(PipeReader input, Deadline deadline, CancellationToken aborted)
    {
        var rate = new DataRateBudget(services.Limits, services.Time);
        var limit = new RefusedContentLimit(services.Limits, services.Time);
        for (var left = machine.Chunk.Octets; left > 0;)
        {
            var wait = rate.BeginWait();
            deadline.Start(limit.Left < wait ? limit.Left : wait);
            var read = await input.ReadAsync(aborted);
            rate.EndWait();
            var taken = Math.Min(left, read.Buffer.Length);
            left -= taken;
            rate.Add(taken);
            limit.Add(taken);
            input.AdvanceTo(read.Buffer.GetPosition(taken));
            if (limit.IsExceeded) return EndSession(ContentResult.RefusedTooLong);
            if (deadline.HasPassed || rate.IsTooSlow)
                return EndSession(rate.IsPauseTooLong ? ContentResult.TimedOut : ContentResult.TooSlow);
            if (read.IsCompleted && left > 0) return EndSession(ContentResult.ClientLeft);
        }

        return new Reception([], ReceptionResult.Incomplete);
    }

    private MessageReader Begin(bool isChunked)
    {
        var id = MessageId.New(services.Time.GetUtcNow());
        var transaction = machine.Transaction;
        var protocol = TraceHeaders.Protocol(
            machine.IsExtended, machine.IsSecure, transaction.Parameters.IsSmtpUtf8, machine.Login is not null);
        var header = TraceHeaders.Received(
            machine.ClientName, machine.Client, services.Server.Hostname, protocol, machine.Tls?.Cipher, id,
            transaction.OnlyNamed, services.Time.GetWallTime(),
            machine.Login is { } login && services.ForSubmission is { Rules.TraceUser: true } ? login.Name : null,
            transaction.Request?.Priority);
        var charged = machine.IsTrusted ? null : machine.Client;
        var reader = new MessageReader(header, transaction.Parameters.Size, isChunked, charged, services, lookAhead)
        {
            MayUseOwnFields = machine.MaySendAnywhere,
            AuthservId = machine.Profile.AuthservId,
            SeparatesBody = machine.Profile.SeparatesBody,
        };
        transaction.BeginContent(id, services.Time.GetTimestamp(), reader);
        return reader;
    }

    private async ValueTask<Reception> FinishAsync(Deadline deadline, CancellationToken aborted)
    {
        deadline.Suspend();
        _completedAt = services.Time.GetTimestamp();
        var reader = Reader!;
        var reception = (reader.Refusal(out var content) ?? Accept(reader, ref content)) is { } refusal
            ? new Reception(refusal, ReceptionResult.Refused) : await CheckAsync(reader, content, aborted);
        var id = machine.Transaction.Id;
        if (reception.Result == ReceptionResult.Stored) machine.Transaction.Units?.Use(machine.Transaction.Accepted);
        machine.EndTransaction();
        return reception with { Message = id };
    }

    // Returns the refusing reply; null for an acceptable message, whose header is then complete.
    private byte[]? Accept(MessageReader reader, ref MessageContent content)
    {
        // Of the content as received: the completed header differs with each repetition.
        _key = reader.Key is { } given ? SubmissionKey.Of(given, machine, reader.Stream, content, reader.TraceLength) : null;
        return services.ForSubmission?
            .Complete(machine, ref content, reader.TraceLength, services.Server.Hostname, services.Time.GetWallTime());
    }

    private ValueTask<Reception> CheckAsync(MessageReader reader, MessageContent content, CancellationToken aborted)
    {
        var result = machine.Complete(content);
        return result.Effect == SessionEffect.Ask ? AskAsync(reader, content, aborted) : ConcludeAsync(result, reader, content, aborted);
    }

    // The message is complete: as during storing, neither a leaving client nor a stopping server ends the wait. The check's time limit
    // and the end of the grace period do.
    private async ValueTask<Reception> AskAsync(MessageReader reader, MessageContent content, CancellationToken aborted)
    {
        CommandResult result;
        do
        {
            var awaiter = new QuestionAwaiter(machine.Question!, services, machine.Client, session, machine.Transaction.Id);
            result = machine.Resume(await awaiter.RunAsync(aborted));
        }
        while (result.Effect == SessionEffect.Ask);
        return await ConcludeAsync(result, reader, content, aborted);
    }

    private ValueTask<Reception> ConcludeAsync(
        in CommandResult result, MessageReader reader, MessageContent content, CancellationToken aborted)
    {
        if (result.Effect == SessionEffect.Store)
            return machine.DiscardedBy is { } check ? new(Discard(check)) : StoreAsync(reader, content, aborted);
        var reply = result.Reply.ToArray();
        if (result.Effect == SessionEffect.Close) return new(new Reception(reply, ReceptionResult.SessionEnds));
        return new(new Reception(reply, result.IsError ? ReceptionResult.Refused : ReceptionResult.Deferred));
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
        // After the checks, which read the rights of the user again.
        if (StreamChoice.Refusal(reader.Stream, machine.Login?.User, machine.Listener.Stream, services.Streams, out var stream)
            is { } refusal)
            return new Reception(Replies.Line(refusal), ReceptionResult.Refused);
        if (transaction.Final is { } final) content = final;
        else if (machine.Headers is { } headers) content = AddedHeaders.Above(content, headers);
        var hasEightBit = transaction.IsContentChanged ? !content.IsAscii() : reader.HasEightBit;
        var envelope = machine.EnvelopeOf(content, hasEightBit, services.Time.GetUtcNow());
        var submission = new Submission(transaction.Id, envelope, transaction.Recipients, content)
        {
            Requests = transaction.Requests,
            Expanded = transaction.Expanded,
            Stream = stream,
            Key = _key,
            // A trusted host at a listener for inbound mail passes on mail of others.
            IsOwn = machine.MaySendAnywhere && machine.Listener.Service != ListenerOptions.Inbound,
        };
        if (transaction is { Passage: { } passage, IsEnvelopeChanged: false })
        {
            var spent = services.Time.GetElapsedTime(_completedAt);
            if (await services.PassAsync(machine, submission, passage, spent) is { } passed)
            {
                if (passed.Result == ReceptionResult.Stored) services.LogDiscarded(machine);
                return passed;
            }

            submission = submission with { Recipients = transaction.Recipients };
        }

        var stored = await services.Submission.SubmitAsync(submission, aborted);
        if (stored.Status == StoreStatus.KeyConflict) return new Reception(Replies.KeyConflict, ReceptionResult.Refused);
        if (stored.Status == StoreStatus.Unsignable) return new Reception(Replies.Unsignable, ReceptionResult.Refused);
        if (stored.Status == StoreStatus.StoredBefore)
        {
            services.Logger.Repeated(stored.EarlierId, machine.Client);
            return Queued(stored.EarlierId);
        }

        if (stored.Status != StoreStatus.Stored)
        {
            // The message may be sent, and the client sends it again: both count.
            if (stored.MayBeStored) transaction.Units?.Use(transaction.Accepted);
            FrontendMetrics.NotStoredBy(machine.Listener);
            services.LogNotStored(transaction.Id, machine.Client, stored.Status);
            var reply = stored.Status switch
            {
                StoreStatus.InsufficientStorage => Replies.InsufficientStorage,
                StoreStatus.SigningKeyMissing => Replies.SigningUnavailable,
                _ => Replies.StorageUnavailable,
            };
            return new Reception(reply, ReceptionResult.NotStored);
        }

        AcceptanceMetrics.Accepted(
            machine.Listener.Service, transaction.Recipients.Count, content.Length, services.Time.GetElapsedTime(_completedAt));
        MessageTrace.Report(
            "accept", ActivityKind.Server, transaction.Id, services.Time.GetWallTime(),
            services.Time.GetElapsedTime(transaction.ContentBegan),
            ("postfleet.listener", machine.Listener.Service));
        services.LogAccepted(machine, content.Length);
        services.LogDiscarded(machine);
        return Queued(transaction.Id);
    }

    private static Reception Queued(MessageId id) =>
        new(Encoding.ASCII.GetBytes($"250 2.0.0 Ok: queued as {id}\r\n"), ReceptionResult.Stored);

    private Reception EndSession(ContentResult end)
    {
        machine.Transaction.DropContent();
        byte[] reply = end switch
        {
            ContentResult.TimedOut => Replies.Timeout,
            ContentResult.TooSlow => Replies.TooSlow,
            ContentResult.RefusedTooLong => Replies.RefusedTooLong,
            ContentResult.AmbiguousEnd => Replies.BareLineEndInData,
            _ => [],
        };
        return new Reception(reply, ReceptionResult.SessionEnds);
    }
}

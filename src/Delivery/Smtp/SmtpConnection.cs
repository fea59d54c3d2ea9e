using System.Globalization;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Options;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// An open SMTP or LMTP session that sends messages one after another. Owned by a connection loop, which calls it from one thread at a
/// time.
/// </summary>
internal sealed class SmtpConnection(
    SessionFacts facts, SmtpChannel channel, DeliveryOptions options, Action<bool> close, TimeProvider time, ILogger logger)
    : IProxiedConnection
{
    private static readonly SmtpReply Closed =
        new(451, new EnhancedStatus(4, 4, 2), "the remote host closed the connection");

    private static readonly SmtpReply Exhausted =
        new(451, new EnhancedStatus(4, 5, 3), "the remote host accepts no more transactions on one connection");

    // The reply to QUIT has no effect, and the destination cannot open another connection until this connection is closed.
    private static readonly TimeSpan MaxQuit = TimeSpan.FromSeconds(2);

    // A client waits for the answer at RCPT.
    private static readonly TimeSpan MaxQuestion = TimeSpan.FromSeconds(30);

    // A connection that has waited longer may have been closed meanwhile, also before its first message. A connection that is lost earlier
    // says something about the host.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly long _opened = time.GetTimestamp();
    private readonly HashSet<string> _domains = new(StringComparer.Ordinal);
    private bool _isClosing;
    private int _transactions;

    public string RemoteHost => facts.Remote;

    public string Tls => facts.Tls?.ToString() ?? "none";

    public TlsFacts? Security => facts.Tls;

    public AttemptDetails Details => facts.Details;

    public bool IsUsable => !HasEndedEarly && !IsExhausted;

    public int Messages { get; private set; }

    public bool HasSentFinalDot => channel.HasSentFinalDot;

    private int MaxRecipients => facts.Capabilities.MaxRecipients is var max and > 0
        ? Math.Min(max, options.MaxRecipientsPerTransaction) : options.MaxRecipientsPerTransaction;

    private bool HasEndedEarly => channel.IsDead || _isClosing;

    // RFC 9422 section 4.
    private bool IsExhausted => facts.Capabilities.MaxTransactions is var max and > 0 && _transactions >= max;

    public async ValueTask<SendResult> SendAsync(SpooledPart part, RecipientSet open, FinalDotGuard guard, bool isNameProven = false)
    {
        var session = isNameProven ? facts with { IsNameProven = true } : facts;
        channel.BeginTransaction();
        var maybeStale = Messages > 0 || time.GetElapsedTime(_opened) >= Fresh;
        // An unsolicited reply announces the end of the session (421), or shows that the peer does not speak SMTP.
        if (channel.HasUnsolicitedInput())
        {
            _isClosing = true;
            if (maybeStale) return SendResult.Stale;
        }

        if (IsOneDomainTooMany(part.Id.Queue)) return SendResult.Stale;
        Messages++;
        var now = DeliverByExtension.Now(part, time);
        var limits = session.Limits.LimitsOf(part.Id.Queue.Domain);
        if ((Requirements.Refuse(part, session) ?? Requirements.Refuse(part, limits, session)
            ?? DeliverByExtension.Refuse(part, session, now)) is { } refusal)
            return SendResult.Attempted([Outcome(open, refusal, isOwn: true)], 0);
        var (content, obstacle) = OutgoingContent.For(part, session.Capabilities, session.ContentRules);
        if (content is null) return SendResult.Attempted([Outcome(open, obstacle!, isOwn: true)], 0);
        if (content.IsConverted) logger.ContentConverted(part.Id.Message, RemoteHost, part.Content.Length, content.Length);
        var outcomes = new List<RecipientOutcome>();
        var left = new Queue<int>(SelectDeliverable(part, open, outcomes));
        var (transactions, hasSent) = (0, false);
        while (left.Count > 0)
        {
            var batch = DequeueBatch(left, Math.Min(MaxRecipients, limits.MaxRecipients ?? MaxRecipients));
            channel.BeginTransaction();
            var transaction = new SmtpTransaction(channel, session, options.Timeouts, time, guard);
            transactions++;
            _transactions++;
            var isRelayReported = DeliverByExtension.IsRelayReported(part, session, DeliverByExtension.Now(part, time));
            var result = await transaction.RunAsync(part, content, batch);
            if (result.IsClosing) _isClosing = true;
            if (result.IsClosedAtOnce && maybeStale) return SendResult.Stale;
            maybeStale = false;
            // An aborted attempt is repeated as a whole, so it must not be reported as aborted once a recipient has received the message.
            if (result.IsAborted && !hasSent) return SendResult.Aborted(transactions);
            var report = isRelayReported ? SuccessReport.Relayed : SuccessReport;
            foreach (var (recipients, reply, isOwn) in result.Replies)
                outcomes.AddRange(
                    DsnExtension.WithReports(Outcome(recipients, reply, isOwn), part.Part, report, isOwedToAll: isRelayReported));
            hasSent |= result.Replies.Any(reply => reply.Reply.IsPositive);
            foreach (var index in result.TryAgain) left.Enqueue(index);
            if (IsUsable || left.Count == 0) continue;
            // Recipients beyond the host's own limit get no outcome: their queue sends them again at once on another connection.
            if (!HasEndedEarly && outcomes.TrueForAll(outcome => outcome.Disposition != Disposition.Deferred)) break;
            outcomes.Add(OutcomeOfRemaining(RecipientSet.Of(left), result));
            break;
        }

        return SendResult.Attempted(outcomes, transactions);
    }

    public async ValueTask<CalloutAnswer> AskAsync(Mailbox recipient)
    {
        var (reply, isOwn) = await AskAsync(null, recipient, null);
        // A refusal of the null reverse-path says nothing about the recipient.
        var result = isOwn || reply.Stage != ReplyStage.Recipient ? CalloutResult.Unknown
            : reply.IsPositive ? CalloutResult.Accepted : reply.IsPermanent ? CalloutResult.Refused : CalloutResult.Unknown;
        return new CalloutAnswer(result, reply);
    }

    public async ValueTask<AskedReply> AskAsync(Mailbox? sender, Mailbox recipient, long? size)
    {
        if ((Requirements.Refuse(recipient, facts) ?? Requirements.Refuse(sender ?? recipient, facts)) is { } refusal)
            return new AskedReply(refusal, IsOwn: true);
        Messages++;
        _transactions++;
        var timeout = options.Timeouts.Command < MaxQuestion ? options.Timeouts.Command : MaxQuestion;
        var utf8 = recipient.IsAscii && sender is not { IsAscii: false } ? "" : " SMTPUTF8";
        var declared = size is { } octets && facts.Capabilities.HasSize
            ? string.Create(CultureInfo.InvariantCulture, $" SIZE={octets}") : "";
        var answer = await AskAsync($"MAIL FROM:<{sender?.Address}>{declared}{utf8}", "MAIL", timeout) with { Stage = ReplyStage.Mail };
        if (answer.IsPositive)
        {
            answer = await AskAsync($"RCPT TO:<{recipient.Address}>", "RCPT", timeout) with { Stage = ReplyStage.Recipient };
            if (!HasEndedEarly && await AskAsync("RSET", "RSET", timeout) is not { IsPositive: true }) _isClosing = true;
        }

        return new AskedReply(answer.Outcome, answer.IsLost)
        {
            HasTimedOut = answer.Failure is { Kind: ChannelFailureKind.TimedOut },
        };
    }

    private async ValueTask<CommandReply> AskAsync(string command, string verb, TimeSpan timeout)
    {
        var answer = await channel.AskAsync(command, verb, timeout);
        if (answer.IsLost || answer.Reply!.Code == 421) _isClosing = true;
        return answer;
    }

    public async ValueTask QuitAsync()
    {
        if (HasEndedEarly) return;
        var timeout = options.Timeouts.Quit < MaxQuit ? options.Timeouts.Quit : MaxQuit;
        channel.Write("QUIT");
        if (await channel.FlushAsync(timeout, "sending QUIT")) await channel.ReadAsync(timeout, "waiting for the reply to QUIT");
    }

    public ValueTask DisposeAsync()
    {
        close(channel.IsDead);
        return default;
    }

    // All recipients of a part have one domain, so a new connection always accepts it.
    private bool IsOneDomainTooMany(QueueKey queue) =>
        facts.Capabilities.MaxDomains is var max and > 0 && _domains.Add(queue.Domain) && _domains.Count > max && Messages > 0;

    // The outcome of recipients not attempted: the last temporary failure, if any.
    private RecipientOutcome OutcomeOfRemaining(RecipientSet left, TransactionResult result)
    {
        if (result.Replies[^1] is { Reply.IsTransient: true } last) return Outcome(left, last.Reply, last.IsOwn);
        return Outcome(left, HasEndedEarly ? Closed : Exhausted, isOwn: true);
    }

    private List<int> SelectDeliverable(SpooledPart part, RecipientSet open, List<RecipientOutcome> outcomes)
    {
        var possible = new List<int>();
        foreach (var index in open.Indexes().Where(index => index < part.Part.Recipients.Count))
        {
            if (Requirements.Refuse(part.Part.Recipients[index], facts) is not { } refusal) possible.Add(index);
            else outcomes.Add(Outcome(RecipientSet.Of(index), refusal, isOwn: true));
        }

        return possible;
    }

    // An LMTP server delivers its accepted messages (RFC 2033 section 1).
    private SuccessReport SuccessReport =>
        facts.Capabilities.HasDsn ? SuccessReport.None : facts.IsLmtp ? SuccessReport.Delivered : SuccessReport.Relayed;

    private RecipientOutcome Outcome(RecipientSet recipients, SmtpReply reply, bool isOwn)
    {
        var disposition = reply.IsPositive ? Disposition.Delivered : reply.IsPermanent ? Disposition.Failed : Disposition.Deferred;
        return new RecipientOutcome(recipients, disposition, reply, isOwn ? "" : RemoteHost);
    }

    private static List<int> DequeueBatch(Queue<int> left, int count)
    {
        var batch = new List<int>(Math.Min(count, left.Count));
        while (batch.Count < count && left.TryDequeue(out var index)) batch.Add(index);
        return batch;
    }
}

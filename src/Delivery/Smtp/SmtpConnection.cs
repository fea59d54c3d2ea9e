using Postfleet.Core.Mail;
using Postfleet.Core.Options;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Delivery.Smtp;

/// <summary>A connection that is ready for transactions.</summary>
internal sealed class SmtpConnection(SessionFacts session, SmtpChannel channel, DeliveryOptions options, Action<bool> close) : ISiteConnection
{
    private static readonly SmtpReply NeedsEightBit =
        new(554, new EnhancedStatus(5, 6, 3), "the message has 8-bit content and the remote host does not offer 8BITMIME");

    private static readonly SmtpReply TooLarge =
        new(552, new EnhancedStatus(5, 3, 4), "the message is larger than the remote host takes");

    private static readonly SmtpReply NeedsUtf8 =
        new(553, new EnhancedStatus(5, 6, 7), "the address has non-ASCII characters and the remote host cannot be sent such");

    private static readonly SmtpReply Closed =
        new(451, new EnhancedStatus(4, 4, 2), "the remote host closed the connection");

    // Nothing depends on the answer, and the destination's place for another connection waits for it.
    private static readonly TimeSpan MaxQuit = TimeSpan.FromSeconds(2);

    private bool _isClosing;

    public string RemoteHost => session.Remote;

    public string Tls => session.Tls?.ToString() ?? "none";

    public bool IsUsable => !channel.IsDead && !_isClosing;

    public int Messages { get; private set; }

    public async ValueTask<SendResult> SendAsync(SpooledPart part, RecipientSet open, Fence fence)
    {
        // A peer that speaks unasked is about to close (421), or does not speak SMTP.
        if (channel.HasUnasked())
        {
            _isClosing = true;
            if (Messages > 0) return SendResult.Stale;
        }

        var maybeStale = Messages++ > 0;
        if (Refuse(part) is { } refusal) return SendResult.Attempted([Outcome(open, refusal, isOwn: true)], 0);
        var outcomes = new List<RecipientOutcome>();
        var left = new Queue<int>(TakeAscii(part, open, outcomes));
        var (transactions, hasSent) = (0, false);
        while (left.Count > 0)
        {
            var batch = Take(left, options.MaxRecipientsPerTransaction);
            var transaction = new SmtpTransaction(channel, session, options.Timeouts, fence);
            transactions++;
            var result = await transaction.RunAsync(part, batch);
            if (result.IsClosing) _isClosing = true;
            if (result.IsClosedAtOnce && maybeStale) return SendResult.Stale;
            maybeStale = false;
            // Nothing is known of the attempt elsewhere then, and it is made again as a whole: so not if somebody has got the message.
            if (result.IsWithheld && !hasSent) return SendResult.Withheld(transactions);
            foreach (var (recipients, reply, isOwn) in result.Verdicts) outcomes.Add(Outcome(recipients, reply, isOwn));
            hasSent |= result.Verdicts.Any(verdict => verdict.Reply.IsPositive);
            foreach (var index in result.TryAgain) left.Enqueue(index);
            if (!IsUsable && left.Count > 0)
            {
                outcomes.Add(Rest(RecipientSet.Of(left), result));
                break;
            }
        }

        return SendResult.Attempted(outcomes, transactions);
    }

    public async ValueTask QuitAsync()
    {
        if (channel.IsDead) return;
        var timeout = options.Timeouts.Quit < MaxQuit ? options.Timeouts.Quit : MaxQuit;
        channel.Write("QUIT");
        if (await channel.FlushAsync(timeout, "sending QUIT")) await channel.ReadAsync(timeout, "waiting for the reply to QUIT");
    }

    public ValueTask DisposeAsync()
    {
        close(channel.IsDead);
        return default;
    }

    // Those whose turn did not come: for the reason of those before them, if that was a temporary one.
    private RecipientOutcome Rest(RecipientSet left, TransactionResult result) =>
        result.Verdicts[^1] is { Reply.IsTransient: true } last ? Outcome(left, last.Reply, last.IsOwn) : Outcome(left, Closed, isOwn: true);

    private SmtpReply? Refuse(SpooledPart part)
    {
        var capabilities = session.Capabilities;
        if (part.Message.HasEightBitContent && !capabilities.HasEightBitMime) return NeedsEightBit;
        return capabilities.MaxSize > 0 && part.Content.Length > capabilities.MaxSize ? TooLarge : null;
    }

    private List<int> TakeAscii(SpooledPart part, RecipientSet open, List<RecipientOutcome> outcomes)
    {
        var isSenderAscii = System.Text.Ascii.IsValid(part.Message.ReversePath?.Address ?? "");
        var ascii = new List<int>();
        foreach (var index in open.Indexes().Where(index => index < part.Part.Recipients.Count))
        {
            if (isSenderAscii && System.Text.Ascii.IsValid(part.Part.Recipients[index].Address)) ascii.Add(index);
            else outcomes.Add(Outcome(RecipientSet.Of(index), NeedsUtf8, isOwn: true));
        }

        return ascii;
    }

    private RecipientOutcome Outcome(RecipientSet recipients, SmtpReply reply, bool isOwn)
    {
        var disposition = reply.IsPositive ? Disposition.Delivered : reply.IsPermanent ? Disposition.Failed : Disposition.Deferred;
        return new RecipientOutcome(recipients, disposition, reply, isOwn ? "" : RemoteHost);
    }

    private static List<int> Take(Queue<int> left, int count)
    {
        var batch = new List<int>(Math.Min(count, left.Count));
        while (batch.Count < count && left.TryDequeue(out var index)) batch.Add(index);
        return batch;
    }
}

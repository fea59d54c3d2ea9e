using System.Globalization;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Spool;

namespace Postfleet.Delivery.Smtp;

/// <summary>The reply that decided the fate of recipients.</summary>
/// <param name="Recipients">Whose.</param>
/// <param name="Reply">The reply.</param>
/// <param name="IsOwn">Whether the reply is our own, not the peer's.</param>
internal readonly record struct Verdict(RecipientSet Recipients, SmtpReply Reply, bool IsOwn);

/// <summary>What came of one transaction.</summary>
/// <param name="Verdicts">The recipients' fates.</param>
/// <param name="TryAgain">Recipients that the peer wants in a transaction of their own (RFC 5321 section 4.5.3.1.10).</param>
/// <param name="IsClosing">Whether the peer closes the connection (421), or must not be used any more.</param>
/// <param name="IsClosedAtOnce">Whether the peer closed the connection before it said anything to this message, but for that it closes
/// (421).</param>
/// <param name="IsWithheld">Whether the fence was closed before the final dot.</param>
internal sealed record TransactionResult(
    IReadOnlyList<Verdict> Verdicts, IReadOnlyList<int> TryAgain, bool IsClosing, bool IsClosedAtOnce, bool IsWithheld);

/// <summary>
/// One mail transaction: MAIL, RCPT for each recipient, DATA. With PIPELINING they leave in one piece, and every reply is read before any
/// is judged; without it, each waits for the one before (RFC 2920 section 3.1). An LMTP host answers to the content once for each recipient
/// that it took (RFC 2033 section 4.2).
/// </summary>
internal sealed class SmtpTransaction(SmtpChannel channel, SessionFacts session, DeliveryTimeoutOptions timeouts, FinalDotGuard fence)
{
    private readonly List<Verdict> _verdicts = [];
    private readonly List<int> _tryAgain = [];
    private bool _isClosing;
    private bool _isWithheld;

    public async ValueTask<TransactionResult> RunAsync(SpooledPart part, OutgoingContent content, IReadOnlyList<int> recipients)
    {
        channel.Write(Mail(part, content, recipients));
        var isPipelined = session.Capabilities.HasPipelining;
        if (isPipelined)
        {
            foreach (var index in recipients) channel.Write(Rcpt(part, index));
            channel.Write("DATA");
        }

        var sender = await AskAsync(ReplyStage.Mail, timeouts.Command, "sending MAIL", "waiting for the reply to MAIL");
        var isClosedAtOnce = sender.Failure is { Kind: FailureKind.Lost } || sender.Reply is { Code: 421 };
        var accepted = new List<int>(recipients.Count);
        var replies = new List<(int Index, Answer Answer)>(recipients.Count);
        if (isPipelined || IsOk(sender))
        {
            foreach (var index in recipients)
            {
                if (!isPipelined) channel.Write(Rcpt(part, index));
                replies.Add((index, isPipelined
                    ? await ReadAsync(ReplyStage.Recipient, timeouts.Command, "waiting for the reply to RCPT")
                    : await AskAsync(ReplyStage.Recipient, timeouts.Command, "sending RCPT", "waiting for the reply to RCPT")));
            }
        }

        if (IsOk(sender)) JudgeRecipients(replies, accepted);
        else Judge(RecipientSet.Of(recipients), sender);
        if (accepted.Count > 0 || (isPipelined && !channel.IsDead)) await DataAsync(content, accepted, isPipelined);
        else if (!channel.IsDead && !_isClosing) await ResetAsync();
        return new TransactionResult(_verdicts, _tryAgain, _isClosing, isClosedAtOnce, _isWithheld);
    }

    private static bool IsOk(Answer answer) => answer.Reply is { Code: >= 200 and < 300 };

    private void Judge(RecipientSet recipients, Answer answer)
    {
        var reply = answer.Outcome;
        if (reply.IsTransient || reply.IsPermanent)
        {
            _verdicts.Add(new Verdict(recipients, reply, answer.IsOwn));
            return;
        }

        // A positive or intermediate reply where it makes no sense is nonsense, and nonsense is temporary.
        _verdicts.Add(new Verdict(recipients, new SmtpReply(451, new EnhancedStatus(4, 5, 0), $"unexpected reply: {reply}"), IsOwn: true));
    }

    private void JudgeRecipients(List<(int Index, Answer Answer)> replies, List<int> accepted)
    {
        foreach (var (index, answer) in replies) if (IsOk(answer)) accepted.Add(index);
        foreach (var (index, answer) in replies)
        {
            if (IsOk(answer)) continue;
            // Too many can only be said after one was accepted: without that the reply is about the recipient.
            if (accepted.Count > 0 && IsTooMany(answer)) _tryAgain.Add(index);
            else Judge(RecipientSet.Of(index), answer);
        }
    }

    // 452, and 552 from those who followed RFC 821 (RFC 5321 section 4.5.3.1.10): but only where no enhanced code says that it is about
    // something else.
    private static bool IsTooMany(Answer answer) =>
        answer.Reply is { Code: 452 or 552 } && answer.Outcome.Status is null or { Subject: 5, Detail: 3 };

    private async ValueTask DataAsync(OutgoingContent content, List<int> accepted, bool isPipelined)
    {
        const string Waiting = "waiting for the reply to DATA";
        if (!isPipelined) channel.Write("DATA");
        var start = isPipelined
            ? await ReadAsync(ReplyStage.Data, timeouts.DataStart, Waiting)
            : await AskAsync(ReplyStage.Data, timeouts.DataStart, "sending DATA", Waiting);
        if (start.Reply is not { Code: 354 })
        {
            if (accepted.Count > 0) Judge(RecipientSet.Of(accepted), start);
            if (!channel.IsDead && !_isClosing) await ResetAsync();
            return;
        }

        if (accepted.Count > 0)
        {
            await SendContentAsync(content, accepted);
            return;
        }

        // The peer wants a message for nobody: an empty one ends it (RFC 2920 section 3.1). LMTP has no answer for that: the connection is
        // left.
        if (session.IsLmtp)
        {
            channel.Abandon();
            _isClosing = true;
            return;
        }

        channel.Write(".\r\n"u8);
        await AskAsync(ReplyStage.EndOfData, timeouts.DataEnd, "sending the end of data", "waiting for the reply to the end of data");
    }

    private async ValueTask SendContentAsync(OutgoingContent content, List<int> accepted)
    {
        if (await channel.SendContentAsync(content, timeouts.DataBlock, fence))
        {
            // Nobody can take it back now: it is not cancelled any more.
            if (!session.IsLmtp) await ReadEndAsync(RecipientSet.Of(accepted));
            else foreach (var recipient in accepted) await ReadEndAsync(RecipientSet.Of(recipient));
            return;
        }

        // A peer that speaks before the end has judged what it has seen. Behind half a message there is nothing that it would not take for
        // the rest. It has no message whatever it says, so that a code is not waited for.
        var verdict = await ReadAsync(ReplyStage.Content, timeouts.DataBlock, "sending the message", maxStray: 0);
        channel.Abandon();
        _isClosing = true;
        Judge(RecipientSet.Of(accepted), verdict);
    }

    private async ValueTask ReadEndAsync(RecipientSet recipients)
    {
        var end = await channel
            .ReadAsync(timeouts.DataEnd, "waiting for the reply to the end of data") with
        { Stage = ReplyStage.EndOfData };
        if (end.IsLost || end.Reply!.Code == 421) _isClosing = true;
        if (IsOk(end)) _verdicts.Add(new Verdict(recipients, end.Outcome, IsOwn: false));
        else Judge(recipients, end);
    }

    private async ValueTask ResetAsync()
    {
        channel.Write("RSET");
        await channel.FlushAsync(timeouts.Quit, "sending RSET");
        // What goes wrong here must not hide what went wrong before; the connection is not used again then.
        if (!IsOk(await channel.ReadAsync(timeouts.Quit, "waiting for the reply to RSET"))) _isClosing = true;
    }

    private async ValueTask<Answer> AskAsync(ReplyStage stage, TimeSpan timeout, string sending, string waiting)
    {
        await channel.FlushAsync(timeout, sending, fence.Stopped);
        return await ReadAsync(stage, timeout, waiting);
    }

    private async ValueTask<Answer> ReadAsync(ReplyStage stage, TimeSpan timeout, string waiting, int maxStray = ReplyParser.AnyStray)
    {
        var answer = await channel.ReadAsync(timeout, waiting, maxStray, fence.Stopped) with { Stage = stage };
        if (answer.IsLost || answer.Reply!.Code == 421) _isClosing = true;
        if (answer.Failure is { Kind: FailureKind.Withheld }) _isWithheld = true;
        return answer;
    }

    private string Mail(SpooledPart part, OutgoingContent content, IReadOnlyList<int> recipients)
    {
        var size = session.Capabilities.HasSize ? string.Create(CultureInfo.InvariantCulture, $" SIZE={content.Length}") : "";
        var body = content.IsEightBit ? " BODY=8BITMIME" : "";
        var utf8 = Requirements.NeedsUtf8(part, recipients) ? " SMTPUTF8" : "";
        var tls = Requirements.RequiresTls(part, session) ? " REQUIRETLS" : "";
        var dsn = session.Capabilities.HasDsn ? DsnExtension.Mail(part.Message) : "";
        return $"MAIL FROM:<{part.Message.ReversePath?.Address}>{size}{body}{utf8}{tls}{dsn}";
    }

    private string Rcpt(SpooledPart part, int index)
    {
        var dsn = session.Capabilities.HasDsn ? DsnExtension.Rcpt(part.Part.RequestOf(index)) : "";
        return $"RCPT TO:<{part.Part.Recipients[index].Address}>{dsn}";
    }
}

using System.Globalization;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Delivery.Smtp;

/// <summary>What came of one transaction.</summary>
/// <param name="Outcomes">Recipients by the reply that decided their fate.</param>
/// <param name="TryAgain">Recipients that the peer wants in a transaction of their own (RFC 5321 section 4.5.3.1.10).</param>
/// <param name="IsClosing">Whether the peer closes the connection (421), or must not be used any more.</param>
/// <param name="IsLostAtOnce">Whether the connection was lost before the peer said anything.</param>
internal sealed record TransactionResult(
    IReadOnlyList<(RecipientSet Recipients, SmtpReply Reply)> Outcomes, IReadOnlyList<int> TryAgain, bool IsClosing, bool IsLostAtOnce);

/// <summary>
/// One mail transaction: MAIL, RCPT for each recipient, DATA. With PIPELINING they leave in one piece, and every reply is read before any is judged; without
/// it, each waits for the one before (RFC 2920 section 3.1).
/// </summary>
internal sealed class SmtpTransaction(SmtpChannel channel, Capabilities capabilities, DeliveryTimeoutOptions timeouts)
{
    private readonly List<(RecipientSet Recipients, SmtpReply Reply)> _outcomes = [];
    private readonly List<int> _tryAgain = [];
    private bool _isClosing;

    public async ValueTask<TransactionResult> RunAsync(SpooledPart part, IReadOnlyList<int> recipients)
    {
        var mail = Mail(part);
        channel.Write(mail);
        var isPipelined = capabilities.HasPipelining;
        if (isPipelined)
        {
            foreach (var index in recipients) channel.Write(Rcpt(part, index));
            channel.Write("DATA");
        }

        await channel.FlushAsync(timeouts.Command, "sending MAIL");
        var sender = await ReadAsync(timeouts.Command, "waiting for the reply to MAIL");
        var isLostAtOnce = sender.IsLost;
        var accepted = new List<int>(recipients.Count);
        var replies = new List<(int Index, Answer Answer)>(recipients.Count);
        if (isPipelined || IsOk(sender))
        {
            foreach (var index in recipients)
            {
                if (!isPipelined)
                {
                    channel.Write(Rcpt(part, index));
                    await channel.FlushAsync(timeouts.Command, "sending RCPT");
                }

                replies.Add((index, await ReadAsync(timeouts.Command, "waiting for the reply to RCPT")));
            }
        }

        if (IsOk(sender)) JudgeRecipients(replies, accepted);
        else _outcomes.Add((RecipientSet.Of(recipients), Refusal(sender)));
        if (accepted.Count > 0 || (isPipelined && !channel.IsDead)) await DataAsync(part, accepted, isPipelined);
        else if (!channel.IsDead && !_isClosing) await ResetAsync();
        return new TransactionResult(_outcomes, _tryAgain, _isClosing, isLostAtOnce);
    }

    private static bool IsOk(Answer answer) => answer.Reply is { Code: >= 200 and < 300 };

    // A positive or intermediate reply where it makes no sense is nonsense, and nonsense is temporary.
    private static SmtpReply Refusal(Answer answer)
    {
        var reply = answer.Outcome;
        return reply.IsTransient || reply.IsPermanent ? reply : new SmtpReply(451, new EnhancedStatus(4, 5, 0), $"unexpected reply: {reply}");
    }

    private void JudgeRecipients(List<(int Index, Answer Answer)> replies, List<int> accepted)
    {
        foreach (var (index, answer) in replies) if (IsOk(answer)) accepted.Add(index);
        foreach (var (index, answer) in replies)
        {
            if (IsOk(answer)) continue;
            if (answer.Reply is { Code: 452 } && accepted.Count > 0) _tryAgain.Add(index);
            else _outcomes.Add((RecipientSet.Of(index), Refusal(answer)));
        }
    }

    private async ValueTask DataAsync(SpooledPart part, List<int> accepted, bool isPipelined)
    {
        if (!isPipelined)
        {
            channel.Write("DATA");
            await channel.FlushAsync(timeouts.DataStart, "sending DATA");
        }

        var start = await ReadAsync(timeouts.DataStart, "waiting for the reply to DATA");
        if (start.Reply is not { Code: 354 })
        {
            if (accepted.Count > 0) _outcomes.Add((RecipientSet.Of(accepted), Refusal(start)));
            if (!channel.IsDead && !_isClosing) await ResetAsync();
            return;
        }

        if (accepted.Count == 0)
        {
            // The peer wants a message for nobody: an empty one ends it (RFC 2920 section 3.1).
            channel.Write(".\r\n"u8);
            await channel.FlushAsync(timeouts.DataBlock, "sending the end of data");
            await ReadAsync(timeouts.DataEnd, "waiting for the reply to the end of data");
            return;
        }

        await channel.WriteContentAsync(part.Content.Octets, timeouts.DataBlock);
        var end = await ReadAsync(timeouts.DataEnd, "waiting for the reply to the end of data");
        _outcomes.Add((RecipientSet.Of(accepted), IsOk(end) ? end.Outcome : Refusal(end)));
    }

    private async ValueTask ResetAsync()
    {
        channel.Write("RSET");
        await channel.FlushAsync(timeouts.Quit, "sending RSET");
        // What goes wrong here must not hide what went wrong before; the connection is not used again then.
        if (!IsOk(await ReadAsync(timeouts.Quit, "waiting for the reply to RSET"))) _isClosing = true;
    }

    private async ValueTask<Answer> ReadAsync(TimeSpan timeout, string stage)
    {
        var answer = await channel.ReadAsync(timeout, stage);
        if (answer.IsLost || answer.Reply!.Code == 421) _isClosing = true;
        return answer;
    }

    private string Mail(SpooledPart part)
    {
        var size = capabilities.HasSize ? string.Create(CultureInfo.InvariantCulture, $" SIZE={part.Content.Length}") : "";
        var body = part.Message.HasEightBitContent ? " BODY=8BITMIME" : "";
        return $"MAIL FROM:<{part.Message.ReversePath?.Address}>{size}{body}";
    }

    private static string Rcpt(SpooledPart part, int index) => $"RCPT TO:<{part.Part.Recipients[index].Address}>";
}

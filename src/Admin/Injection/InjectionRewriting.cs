using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Admin.Injection;

/// <summary>Rewrites a message of the API as the SMTP server does: recipients before the checks, the rest behind them. Pure.</summary>
internal static class InjectionRewriting
{
    /// <summary>The message with other recipients, each once.</summary>
    public static Submission Recipients(Submission submission, IMailRewriting rewriting)
    {
        var requests = new Dictionary<Mailbox, DsnRequest>();
        var recipients = new OrderedDictionary<Mailbox, bool>();
        foreach (var recipient in submission.Recipients)
        {
            var other = rewriting.Recipient(recipient);
            if (!recipients.TryAdd(other, true)) continue;
            var request = submission.Requests.GetValueOrDefault(recipient, DsnRequest.None);
            if (other != recipient) request = request.Instead(recipient);
            if (request != DsnRequest.None) requests.Add(other, request);
        }

        return submission with { Recipients = [.. recipients.Keys], Requests = requests };
    }

    /// <summary>The message with another reverse-path and header.</summary>
    public static Submission Message(Submission submission, IMailRewriting rewriting)
    {
        var before = submission.Envelope;
        var content = rewriting.Content(submission.Content, out _);
        var sender = rewriting.ReversePath(before.ReversePath);
        if (ReferenceEquals(content, submission.Content) && sender == before.ReversePath) return submission;
        var hasEightBit = false;
        foreach (var memory in content.Octets) hasEightBit |= !System.Text.Ascii.IsValid(memory.Span);
        return submission with
        {
            Content = content,
            Envelope = before with
            {
                ReversePath = sender,
                Size = content.Length,
                HasEightBitContent = hasEightBit,
                // New octets above 127 are those of addresses in the header.
                NeedsSmtpUtf8 = before.NeedsSmtpUtf8 || sender is { IsAscii: false } || (hasEightBit && !before.HasEightBitContent),
            },
        };
    }
}

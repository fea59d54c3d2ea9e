using System.Collections.Concurrent;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>
/// A host behind a proxy, which answers by the local part: "no" and "later" are refused and deferred, "away" has no answer, "moved" is not
/// proxied, others are accepted. Thread-safe.
/// </summary>
internal sealed class FakeProxy : IMailProxy
{
    private readonly ConcurrentQueue<(string Sender, string Recipient, long? Size, string Stream)> _asked = new();
    private readonly ConcurrentQueue<Submission> _sent = new();
    private readonly ConcurrentQueue<TimeSpan> _spent = new();

    public IReadOnlyList<(string Sender, string Recipient, long? Size, string Stream)> Asked => [.. _asked];

    public IReadOnlyList<Submission> Sent => [.. _sent];

    /// <summary>The times between the end of the content and the call.</summary>
    public IReadOnlyList<TimeSpan> Spent => [.. _spent];

    /// <summary>Whether the host is away when the message comes.</summary>
    public bool IsAway { get; init; }

    /// <summary>Whether the mail has been moved when the message comes.</summary>
    public bool IsMoved { get; init; }

    /// <summary>Whether the reply to the final dot is lost.</summary>
    public bool IsUncertain { get; init; }

    /// <summary>The replies to the content, for each recipient; the last one for all further ones.</summary>
    public SmtpReply[] Replies { get; init; } = [Reply(250, 0, "Ok: queued as 4711")];

    public Task<ProxyAnswer> AskAsync(Mailbox? sender, Mailbox recipient, long? size, string stream, CancellationToken cancellationToken)
    {
        _asked.Enqueue((sender?.Address ?? "", recipient.Address, size, stream));
        return Task.FromResult(recipient.LocalPart switch
        {
            "no" => new ProxyAnswer(ProxyResult.Replied, Reply(550, 1, "no such\nmailbox \u00e4")),
            "later" => new ProxyAnswer(ProxyResult.Replied, Reply(450, 2, "full")),
            "away" => new ProxyAnswer(ProxyResult.Away, Reply(451, 4, "connection refused")),
            "moved" => new ProxyAnswer(ProxyResult.NotProxied, Reply(451, 3, "moved")),
            _ => new ProxyAnswer(ProxyResult.Replied, Reply(250, 1, "Ok")),
        });
    }

    public Task<ProxiedMessage> SendAsync(Submission message, TimeSpan spent)
    {
        _spent.Enqueue(spent);
        _sent.Enqueue(message);
        var own = IsAway || IsUncertain || IsMoved;
        var outcomes = message.Recipients.Select((recipient, i) => own
            ? new ProxyOutcome(recipient, Reply(451, 4, "store.test[192.0.2.1]:24: connection lost"), IsOwn: true)
            : new ProxyOutcome(recipient, Replies[Math.Min(i, Replies.Length - 1)], IsOwn: false));
        return Task.FromResult(new ProxiedMessage([.. outcomes], IsAway ? "" : "store.test[192.0.2.1]:24", IsUncertain)
        {
            IsNotProxied = IsMoved,
        });
    }

    public static SmtpReply Reply(int code, int subject, string text) => new(code, new EnhancedStatus(code / 100, subject, 0), text);
}

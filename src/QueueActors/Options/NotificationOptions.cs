using Postfleet.Core.Mail;
using Postfleet.Core.Units;

namespace Postfleet.QueueActors.Options;

/// <summary>Section <c>Notifications</c>: the form of delivery status notifications.</summary>
public sealed record NotificationOptions
{
    /// <summary>The mailboxes that get a copy of each failure report.</summary>
    public IReadOnlyList<Mailbox> Copies { get; init; } = [];

    /// <summary>
    /// The largest message that a failure report returns whole if the sender requests it. As Postfix's bounce_size_limit.
    /// </summary>
    public ByteSize MaxReturnedSize { get; init; } = new(50_000);
}

using Postfleet.Core.Mail;
using Postfleet.Core.Units;

namespace Postfleet.QueueActors.Options;

/// <summary>Section <c>Notifications</c>: the form of delivery status notifications.</summary>
public sealed record NotificationOptions
{
    /// <summary>The mailboxes for copies of each failure report.</summary>
    public IReadOnlyList<Mailbox> Copies { get; init; } = [];

    /// <summary>
    /// The maximum size of a message returned whole in a failure report at the sender's request. As Postfix's bounce_size_limit.
    /// </summary>
    public ByteSize MaxReturnedSize { get; init; } = new(50_000);
}

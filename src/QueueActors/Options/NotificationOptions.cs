using Postfleet.Core.Mail;
using Postfleet.Core.Units;

namespace Postfleet.QueueActors.Options;

/// <summary>What delivery status notifications are like.</summary>
public sealed record NotificationOptions
{
    /// <summary>Mail addresses that get a copy of each report of a failure.</summary>
    public IReadOnlyList<Mailbox> Copies { get; init; } = [];

    /// <summary>Largest message that a failure report returns whole to a sender who asks for it. As Postfix's bounce_size_limit.</summary>
    public ByteSize MaxReturnedSize { get; init; } = new(50_000);
}

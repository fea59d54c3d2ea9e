namespace Postfleet.Core.Queueing;

/// <summary>The identity of a part: the recipients of a message within the same queue.</summary>
/// <param name="Message">The message.</param>
/// <param name="Queue">The queue.</param>
public readonly record struct PartId(MessageId Message, QueueKey Queue)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Message}/{Queue}";
}

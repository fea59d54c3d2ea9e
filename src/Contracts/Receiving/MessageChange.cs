using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Receiving;

/// <summary>A recipient of a message, with its DSN request.</summary>
/// <param name="Mailbox">The recipient.</param>
/// <param name="Request">The DSN request.</param>
public sealed record MessageRecipient(Mailbox Mailbox, DsnRequest Request)
{
    /// <summary>
    /// The addresses that were named and stand for the recipient: aliases, and the recipient itself where it was named, too. Null where the
    /// recipient alone was named.
    /// </summary>
    public IReadOnlyList<Mailbox>? Named { get; init; }
}

/// <summary>The new reverse-path of a message.</summary>
/// <param name="ReversePath">The reverse-path; null for the null reverse-path.</param>
public sealed record ChangedSender(Mailbox? ReversePath);

/// <summary>
/// What a check of the message stage changes: content, reverse-path and recipients. What is null stays as it is. Immutable.
/// </summary>
public sealed record MessageChange
{
    /// <summary>
    /// The whole new content. It may share segments with the content before. Memory for its new octets comes from
    /// <see cref="MessageSubject.Memory"/>.
    /// </summary>
    public MessageContent? Content { get; init; }

    /// <summary>The new reverse-path.</summary>
    public ChangedSender? Sender { get; init; }

    /// <summary>All recipients after the change. An empty list discards the message.</summary>
    public IReadOnlyList<MessageRecipient>? Recipients { get; init; }

    /// <summary>The added addresses that stand for several recipients and whose success is to be reported once.</summary>
    public IReadOnlyList<ExpandedRecipient> Expanded { get; init; } = [];

    /// <summary>This change and a later one together.</summary>
    public MessageChange Then(MessageChange later) => new()
    {
        Content = later.Content ?? Content,
        Sender = later.Sender ?? Sender,
        Recipients = later.Recipients ?? Recipients,
        Expanded = Expanded.Count == 0 ? later.Expanded : [.. Expanded, .. later.Expanded],
    };
}

namespace Postfleet.Core.Mail;

/// <summary>What belongs to one part: its recipients. Their places in the list are what a RecipientSet holds.</summary>
/// <param name="Recipients">The forward-paths, in the order in which the client named them.</param>
public sealed record PartEnvelope(IReadOnlyList<Mailbox> Recipients);

namespace Postfleet.Core.Mail;

/// <summary>What belongs to one part: its recipients. Their places in the list are what a RecipientSet holds.</summary>
/// <param name="Recipients">The forward-paths, in the order in which the client named them.</param>
public sealed record PartEnvelope(IReadOnlyList<Mailbox> Recipients)
{
    /// <summary>What was asked of the reports about the recipients, in the same places; empty when nothing was asked of any.</summary>
    public IReadOnlyList<DsnRequest> Requests { get; init; } = [];

    /// <summary>What was asked of the reports about one recipient.</summary>
    public DsnRequest RequestOf(int index) => index < Requests.Count ? Requests[index] : DsnRequest.None;
}

namespace Postfleet.Core.Mail;

/// <summary>The recipients of a part. A RecipientSet refers to their indexes in the list.</summary>
/// <param name="Recipients">The forward-paths, in the order in which the client named them.</param>
public sealed record PartEnvelope(IReadOnlyList<Mailbox> Recipients)
{
    /// <summary>What was asked of the reports about the recipients, in the same places; empty when nothing was asked of any.</summary>
    public IReadOnlyList<DsnRequest> Requests { get; init; } = [];

    /// <summary>The requested reports for each recipient.</summary>
    public DsnRequest RequestOf(int index) => index < Requests.Count ? Requests[index] : DsnRequest.None;
}

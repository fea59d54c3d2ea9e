namespace Postfleet.Core.Mail;

/// <summary>The recipients of a part. A RecipientSet refers to their indexes in the list.</summary>
/// <param name="Recipients">The forward-paths, in the order in which the client named them.</param>
public sealed record PartEnvelope(IReadOnlyList<Mailbox> Recipients)
{
    /// <summary>The requested reports, by the index of the recipient; empty if no recipient has a request.</summary>
    public IReadOnlyList<DsnRequest> Requests { get; init; } = [];

    /// <summary>The requested reports of a recipient.</summary>
    public DsnRequest RequestOf(int index) => index < Requests.Count ? Requests[index] : DsnRequest.None;
}

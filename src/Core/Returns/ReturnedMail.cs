namespace Postfleet.Core.Returns;

/// <summary>
/// What a message says that came back: a report about the delivery of an earlier message (RFC 3464, or a notice in the words of a mail
/// server), or a complaint about it (RFC 5965). Immutable. Texts are those of the sender of the report, who can write anything.
/// </summary>
public sealed record ReturnedMail
{
    /// <summary>The most recipients of a report.</summary>
    public const int MaxRecipients = 100;

    /// <summary>The recipients that a delivery report names, at least one; empty for a complaint.</summary>
    public IReadOnlyList<ReturnedRecipient> Recipients { get; init; } = [];

    /// <summary>The complaint; null for a delivery report.</summary>
    public Complaint? Complaint { get; init; }

    /// <summary>What the report repeats of the message that it is about.</summary>
    public OriginalMail Original { get; init; } = OriginalMail.None;
}

using Postfleet.Core.Classification;
using Postfleet.Core.Mail;

namespace Postfleet.Core.Returns;

/// <summary>What a delivery report says about one recipient (RFC 3464 section 2.3).</summary>
/// <param name="Final">The recipient as the reporting host had it at the end; at most 320 characters, not validated.</param>
/// <param name="Original">The recipient as its sender wrote it; null if the report does not say.</param>
/// <param name="Action">What was done.</param>
/// <param name="Reply">
/// The reason in the form of a reply: the reply that the report quotes, or a reply of the class of its status. The enhanced code is the
/// most precise that the report has.
/// </param>
/// <param name="RemoteHost">The host that gave the reply; empty if the report does not say.</param>
/// <param name="IsExpired">Whether the reporting host has given up after some time.</param>
public sealed record ReturnedRecipient(
    string Final, string? Original, ReturnedAction Action, SmtpReply Reply, string RemoteHost, bool IsExpired)
{
    /// <summary>The longest address that is kept, in characters: a path with a local part and a domain of any length (RFC 5321).</summary>
    public const int MaxAddress = 320;

    /// <summary>The enhanced code; null if the report has none.</summary>
    public EnhancedStatus? Status => Reply.Status;

    /// <summary>
    /// The class of the failure; null for a recipient that was delivered to. The words of the reply decide. Where they say nothing more
    /// than that the mail could not be delivered yet, a host that has given up makes it <c>expired</c>.
    /// </summary>
    public BounceClass? Classify(BounceClassifier classifier)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        var found = classifier.Classify(Reply, RemoteHost);
        return found is not null && IsExpired && (found.Scope is BounceScope.Ours or BounceScope.Transport) ? BounceClass.Expired : found;
    }
}

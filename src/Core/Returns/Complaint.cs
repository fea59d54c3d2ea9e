namespace Postfleet.Core.Returns;

/// <summary>
/// A complaint of a recipient that a mailbox provider forwards (RFC 5965 section 3). The provider may have removed addresses from it.
/// </summary>
/// <param name="Kind">The feedback type in lower case, such as <c>abuse</c> or <c>not-spam</c>; at most 64 characters.</param>
/// <param name="Recipients">The recipients that the report names, at most <see cref="ReturnedMail.MaxRecipients"/>; often none.</param>
/// <param name="Reporter">The program that made the report; empty if the report does not say.</param>
public sealed record Complaint(string Kind, IReadOnlyList<string> Recipients, string Reporter)
{
    /// <summary>The longest <see cref="Kind"/> and <see cref="Reporter"/>, in characters.</summary>
    public const int MaxWord = 64;
}

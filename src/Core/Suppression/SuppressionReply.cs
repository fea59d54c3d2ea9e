using Postfleet.Core.Mail;

namespace Postfleet.Core.Suppression;

/// <summary>The reply of this system for a recipient on the suppression list, and the test for it in the history.</summary>
public static class SuppressionReply
{
    private const string Beginning = "the recipient is on the suppression list";

    private static readonly EnhancedStatus Status = new(5, 7, 1);

    /// <summary>The reply for an entry.</summary>
    /// <param name="reason">The reason of the entry.</param>
    public static SmtpReply For(string reason) => new(550, Status, reason.Length == 0 ? Beginning : $"{Beginning}: {reason}");

    /// <summary>Whether a reply is this one. The caller knows that no remote host has sent it.</summary>
    public static bool Is(int code, string text) => code == 550 && text.StartsWith(Beginning, StringComparison.Ordinal);
}

using System.Collections.Immutable;
using Postfleet.Authentication.Messages;

namespace Postfleet.Signing.Messages;

/// <summary>
/// Which fields of a message are signed: those of RFC 6376 section 5.4.1 and those of lists. A field that readers see, or by which they
/// act, is named once more than it is present, so that another one cannot be added behind the signature (RFC 6376 section 8.15). Pure.
/// </summary>
internal static class SignedFields
{
    /// <summary>Most fields of a name that are signed, from the bottom; a valid message has each once.</summary>
    public const int MaxOfName = 4;

    private static readonly ImmutableArray<string> Sealed =
    [
        "From", "Sender", "Reply-To", "Subject", "Date", "To", "Cc", "Message-ID", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding", "List-Unsubscribe", "List-Unsubscribe-Post",
    ];

    private static readonly ImmutableArray<string> Present =
        ["In-Reply-To", "References", "Resent-Date", "Resent-From", "Resent-To", "Resent-Cc", "List-Id", "List-Help", "List-Owner",
        "List-Subscribe", "List-Post", "List-Archive", "Feedback-ID"];

    /// <summary>The names for <c>h=</c>.</summary>
    public static ImmutableArray<string> Of(MessageHeader header)
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var name in Sealed) names.AddRange(Enumerable.Repeat(name, Count(header, name) + 1));
        foreach (var name in Present) names.AddRange(Enumerable.Repeat(name, Count(header, name)));
        return names.DrainToImmutable();
    }

    private static int Count(MessageHeader header, string name) => Math.Min(header.Named(name).Count, MaxOfName);
}

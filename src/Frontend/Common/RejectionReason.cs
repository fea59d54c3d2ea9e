namespace Postfleet.Frontend.Common;

/// <summary>
/// The reason of a rejection as a metric label, from the enhanced code of the reply (RFC 3463 section 3: the second number is the subject).
/// The set of reasons is fixed, whatever replies checks make.
/// </summary>
internal static class RejectionReason
{
    private const string Size = "size";

    private const string Other = "other";

    // By the subject of the enhanced code.
    private static readonly string[] Subjects =
        [Other, "address", "mailbox", "system", "network", "protocol", "content", "policy"];

    /// <summary>All reasons.</summary>
    public static IEnumerable<string> All => [.. Subjects, Size];

    /// <summary>The reason of a reply, for example <c>550 5.7.1 Relaying denied</c>.</summary>
    public static string Of(ReadOnlySpan<byte> reply)
    {
        // "550 5.7.1 ..." or "550-5.7.1 ...".
        if (reply.Length < 9 || reply[5] != '.' || reply[7] != '.') return Other;
        var subject = reply[6] - '0';
        // 5.3.4: the message is too big.
        if (subject == 3 && reply[8] == '4' && (reply.Length == 9 || !char.IsAsciiDigit((char)reply[9]))) return Size;
        return subject >= 0 && subject < Subjects.Length ? Subjects[subject] : Other;
    }
}

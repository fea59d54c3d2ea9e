using Postfleet.Core.Classification;
using Postfleet.Core.Mail;

namespace Postfleet.Core.Returns;

/// <summary>Finds the reply of a host in the words of a report.</summary>
internal static class QuotedReply
{
    private static readonly string[] Expiry =
    [
        "retry time", "message expired", "mail expired", "too old", "been in the queue too long", "has been queued too long",
        "delivery time expired", "could not be delivered for", "cannot send message for", "delivery expired",
        "unable to deliver message after", "retry timeout", "envelope expired", "not been collected", "delivery attempts",
        "message timed out", "giving up", "queue too long", "been frozen", "could not be delivered within", "temporarily been unable",
        "given up", "delivery timed out", "expired after", "last attempt",
    ];

    /// <summary>The basic code and the enhanced code that a text quotes; 0 and null where it has none.</summary>
    public static (int Code, EnhancedStatus? Status) FindCodes(ReadOnlySpan<char> text)
    {
        var code = 0;
        EnhancedStatus? status = null;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is not ('4' or '5') || (at > 0 && !BeginsWord(text[at - 1]))) continue;
            var length = text[at..].IndexOfAnyExceptInRange('.', '9');
            var word = (length < 0 ? text[at..] : text.Slice(at, length)).TrimEnd('.');
            if (code == 0 && word.Length == 3 && !word.ContainsAnyExceptInRange('0', '9') && Ends(text, at + 3)) code = Number(word);
            else if (EnhancedStatus.TryParse(word, out var found) && Better(found, status)) status = found;
            at += Math.Max(word.Length - 1, 0);
        }

        return (code, status);
    }

    /// <summary>Whether a text says that a host has given up after some time.</summary>
    public static bool SaysExpired(string text) => Expiry.Any(each => text.Contains(each, StringComparison.OrdinalIgnoreCase));

    /// <summary>The reason of a report as a reply.</summary>
    /// <param name="text">What the report says.</param>
    /// <param name="given">The status that the report gives in a field of its own; null for none.</param>
    /// <param name="action">What was done.</param>
    public static SmtpReply Make(string text, EnhancedStatus? given, ReturnedAction action)
    {
        if (action == ReturnedAction.Delivered) return new SmtpReply(250, given?.Class == 2 ? given : null, text);
        var (code, quoted) = FindCodes(text);
        if (given is { Class: 2 }) given = null;
        // Many hosts write a general code into the field, or their own for the end of their tries, and the text quotes the precise one.
        var status = quoted is { } precise && !IsGeneral(precise) && (given is null || precise.Class == given.Value.Class || code == 0
            || IsGeneral(given.Value)) ? precise : given ?? quoted;
        var type = status?.Class ?? (code > 0 ? code / 100 : action == ReturnedAction.Delayed ? 4 : 5);
        text = text.Trim();
        var reply = ReplyText.TryParse(text, ReplyStage.Unknown);
        return new SmtpReply(reply?.Code ?? (code > 0 ? code : type == 4 ? 450 : 550), status, reply?.Text ?? text);
    }

    private static bool IsGeneral(EnhancedStatus status) => status is { Subject: 0, Detail: 0 };

    private static bool Better(EnhancedStatus found, EnhancedStatus? known) =>
        known is null || (IsGeneral(known.Value) && !IsGeneral(found));

    private static bool BeginsWord(char before) => " \n\t:(<[\"'#;,/=-".Contains(before, StringComparison.Ordinal);

    private static bool Ends(ReadOnlySpan<char> text, int at) =>
        at >= text.Length || " -\n:,.;\")\t_#".Contains(text[at], StringComparison.Ordinal);

    private static int Number(ReadOnlySpan<char> word) => (word[0] - '0') * 100 + (word[1] - '0') * 10 + word[2] - '0';
}

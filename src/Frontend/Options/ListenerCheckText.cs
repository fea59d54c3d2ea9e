using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Options;

/// <summary>The text of <c>Listeners:#:Checks</c>: words with spaces between them, or <c>none</c>, or empty.</summary>
internal static class ListenerCheckText
{
    /// <summary>The form of the text in words.</summary>
    public const string Allowed =
        "words of access, rates, dns-lists, greylisting and authentication with spaces between them, none, or empty for those of the "
        + "service";

    private const string None = "none";

    private static readonly (string Word, ListenerChecks Check)[] Words =
    [
        ("access", ListenerChecks.Access), ("rates", ListenerChecks.Rates),
        ("dns-lists", ListenerChecks.DnsLists), ("greylisting", ListenerChecks.Greylisting),
        ("authentication", ListenerChecks.Authentication),
    ];

    /// <summary>The canonical form; null for another text.</summary>
    public static string? Normalize(string text)
    {
        if (text.Length == 0) return "";
        if (text.Equals(None, StringComparison.OrdinalIgnoreCase)) return None;
        if (Parse(text) is not { } checks) return null;
        return string.Join(' ', Words.Where(word => checks.HasFlag(word.Check)).Select(word => word.Word));
    }

    /// <summary>
    /// What a listener checks. By default a listener for inbound mail checks everything that is configured; one for relay the access lists
    /// and rates, since its strangers reach relay domains alone; and one for submission nothing, since its clients authenticate.
    /// </summary>
    public static ListenerChecks Of(ListenerOptions listener) => listener.Checks switch
    {
        "" => listener.Service switch
        {
            ListenerOptions.Inbound => Words.Aggregate(ListenerChecks.None, (all, word) => all | word.Check),
            ListenerOptions.Relay => ListenerChecks.Access | ListenerChecks.Rates,
            _ => ListenerChecks.None,
        },
        None => ListenerChecks.None,
        var text => Parse(text) ?? ListenerChecks.None,
    };

    private static ListenerChecks? Parse(string text)
    {
        var checks = ListenerChecks.None;
        foreach (var part in text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            var word = Array.Find(Words, word => word.Word.Equals(part, StringComparison.OrdinalIgnoreCase));
            if (word.Word is null) return null;
            checks |= word.Check;
        }

        return checks == ListenerChecks.None ? null : checks;
    }
}

namespace Postfleet.Frontend.Options;

/// <summary>The stages at which a hook is asked.</summary>
[Flags]
internal enum FilterStages
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A client has connected.</summary>
    Connect = 1,

    /// <summary>HELO or EHLO.</summary>
    Hello = 2,

    /// <summary>MAIL.</summary>
    Mail = 4,

    /// <summary>RCPT.</summary>
    Recipient = 8,

    /// <summary>A message is complete.</summary>
    Data = 16,
}

/// <summary>The text of <c>Filters:#:Stages</c>: words with spaces between them. Pure.</summary>
internal static class FilterStageText
{
    /// <summary>The form of the text in words.</summary>
    public const string Allowed = "words of connect, ehlo, mail, rcpt and data with spaces between them";

    private static readonly (string Word, FilterStages Stage)[] Words =
    [
        ("connect", FilterStages.Connect), ("ehlo", FilterStages.Hello), ("mail", FilterStages.Mail), ("rcpt", FilterStages.Recipient),
        ("data", FilterStages.Data),
    ];

    /// <summary>The word of a stage, as in requests.</summary>
    public static string WordOf(FilterStages stage) => Array.Find(Words, word => word.Stage == stage).Word;

    /// <summary>The canonical form; null for another text.</summary>
    public static string? Normalize(string text) =>
        Parse(text) is { } stages ? string.Join(' ', Words.Where(word => stages.HasFlag(word.Stage)).Select(word => word.Word)) : null;

    /// <summary>The stages of a text; none for another text.</summary>
    public static FilterStages Of(string text) => Parse(text) ?? FilterStages.None;

    private static FilterStages? Parse(string text)
    {
        var stages = FilterStages.None;
        foreach (var part in text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            var word = Array.Find(Words, word => word.Word.Equals(part, StringComparison.OrdinalIgnoreCase));
            if (word.Word is null) return null;
            stages |= word.Stage;
        }

        return stages == FilterStages.None ? null : stages;
    }
}

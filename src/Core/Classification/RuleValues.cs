using System.Text.Json;

namespace Postfleet.Core.Classification;

/// <summary>Values of rules as texts. Pure.</summary>
internal static class RuleValues
{
    private const int MaxShown = 200;

    public static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            // No UTF-8.
            return null;
        }
    }

    public static string Shown(string? text, JsonValueKind kind)
    {
        if (text is null) return kind == JsonValueKind.String ? "a text that is not UTF-8" : kind.ToString();
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= MaxShown ? line : line[..MaxShown] + "…";
    }
}

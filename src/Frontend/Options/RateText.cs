using Postfleet.Core.Units;

namespace Postfleet.Frontend.Options;

/// <summary>The text of <c>Inbound:Rates:#:Rate</c>: rates with spaces between them.</summary>
internal static class RateText
{
    /// <summary>The form of the text in words.</summary>
    public const string Allowed = "1 to 4 rates with spaces between them, such as 5/s 100/m 2000/h 10000/d";

    private const int MaxRates = 4;

    /// <summary>The canonical form; null for another text.</summary>
    public static string? Normalize(string text) => Parse(text) is { Count: > 0 and <= MaxRates } rates
        && rates.DistinctBy(rate => rate.Period).Count() == rates.Count ? string.Join(' ', rates) : null;

    /// <summary>The rates; none for another text.</summary>
    public static IReadOnlyList<Rate> Parse(string text)
    {
        List<Rate> rates = [];
        foreach (var part in text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Rate.TryParseAny(part, out var rate)) return [];
            rates.Add(rate);
        }

        return rates;
    }
}

using Postfleet.Contracts.Operations;

namespace Postfleet.Operations.Common;

/// <summary>Selectors in words, for the log.</summary>
internal static class SelectorText
{
    /// <summary>The given properties of a selector as text: <c>queue=bulk:* sender=@example.org</c>.</summary>
    public static string Of(ActionSelector selector)
    {
        (string Name, string Value)[] all =
        [
            (nameof(selector.Queue), selector.Queue), (nameof(selector.Domain), selector.Domain),
            (nameof(selector.Stream), selector.Stream), (nameof(selector.Site), selector.Site), (nameof(selector.Sender), selector.Sender),
            (nameof(selector.Message), selector.Message?.ToString() ?? ""), (nameof(selector.User), selector.User),
        ];
        return string.Join(' ', all.Where(each => each.Value.Length > 0)
            .Select(each => $"{char.ToLowerInvariant(each.Name[0])}{each.Name[1..]}={each.Value}"));
    }
}

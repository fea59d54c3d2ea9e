namespace Postfleet.Delivery.Options;

/// <summary>A limit with the place that set it.</summary>
/// <param name="Text">The value, in the canonical form of its key.</param>
/// <param name="Setting">The key that set it, for example <c>Providers:0:MaxConnections</c>.</param>
internal readonly record struct ShapedValue(string Text, string Setting);

/// <summary>The limits that one entry sets.</summary>
/// <param name="Path">The place of the entry, for example <c>Providers:0</c>.</param>
/// <param name="Values">The limits, by the name of the key.</param>
internal sealed record ShapingLayer(string Path, IReadOnlyList<(string Key, string Text)> Values);

/// <summary>
/// Merges the limits of entries: a later entry wins, and <c>null</c> takes back what the entries before it have set. Pure.
/// </summary>
internal static class ShapingMerge
{
    /// <summary>
    /// The limits that an entry with a domain may have. They are kept for each message, so they are exact also where domains share
    /// connections; the others are limits of connections, which belong to all domains of a site.
    /// </summary>
    public static readonly IReadOnlyList<string> OfDomain =
    [
        nameof(ShapingOptions.Hours), nameof(ShapingOptions.Tls), nameof(ShapingOptions.MaxRecipientsPerTransaction),
        nameof(ShapingOptions.MaxSize),
    ];

    /// <summary>Merges layers.</summary>
    /// <param name="below">Merged layers below them.</param>
    /// <param name="layers">The layers, the weakest first.</param>
    public static IReadOnlyDictionary<string, ShapedValue> Merge(
        IReadOnlyDictionary<string, ShapedValue> below, IEnumerable<ShapingLayer> layers)
    {
        Dictionary<string, ShapedValue> merged = new(below, StringComparer.Ordinal);
        foreach (var layer in layers)
        {
            foreach (var (key, text) in layer.Values)
            {
                if (text == ShapingOptions.Unset) merged.Remove(key);
                else merged[key] = new ShapedValue(text, $"{layer.Path}:{key}");
            }
        }

        return merged;
    }
}

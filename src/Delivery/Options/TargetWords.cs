using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Options;

/// <summary>The words for targets other than hosts: in the configuration, and in the names of destinations.</summary>
internal static class TargetWords
{
    private static readonly Dictionary<string, TargetKind> Kinds = new(StringComparer.Ordinal)
    {
        ["mx"] = TargetKind.Mx,
        ["capture"] = TargetKind.Capture,
        ["discard"] = TargetKind.Discard,
        ["reject"] = TargetKind.Reject,
    };

    /// <summary>The kinds without hosts.</summary>
    public static IReadOnlyList<TargetKind> Local { get; } = [TargetKind.Capture, TargetKind.Discard, TargetKind.Reject];

    /// <summary>The kind named by a word; null if the word names none.</summary>
    public static TargetKind? Find(string word) => Kinds.TryGetValue(word, out var kind) ? kind : null;

    /// <summary>The word for a kind other than a host.</summary>
    public static string Of(TargetKind kind) => Kinds.First(word => word.Value == kind).Key;
}

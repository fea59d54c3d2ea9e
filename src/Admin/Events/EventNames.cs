using Postfleet.Admin.Http;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Events;

/// <summary>The names of events for programs, for example <c>message.delivered</c>. Clients rely on them.</summary>
internal static class EventNames
{
    /// <summary>Events before the next event are missing.</summary>
    public const string Gap = "feed.gap";

    private const string Prefix = "message.";

    /// <summary>The names of the events of messages.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<HistoryKind>().Select(Of)];

    /// <summary>The name of a kind.</summary>
    public static string Of(HistoryKind kind) => Prefix + JsonNames.Write(kind);

    /// <summary>The kinds of a list of names with commas; null if a name is unknown.</summary>
    public static IReadOnlyList<HistoryKind>? Parse(string names)
    {
        List<HistoryKind> kinds = [];
        foreach (var name in names.Split(','))
        {
            if (!All.Contains(name)) return null;
            kinds.AddRange(Enum.GetValues<HistoryKind>().Where(kind => Of(kind) == name));
        }

        return kinds;
    }
}

using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>The named addresses whose success is reported as their expansion, after a change of the recipients. Pure.</summary>
internal static class ExpandedRecipients
{
    /// <summary>The addresses of which a recipient is left, each once.</summary>
    /// <param name="before">The addresses before the change.</param>
    /// <param name="added">The addresses that the change adds.</param>
    /// <param name="recipients">All recipients after the change.</param>
    public static List<ExpandedRecipient> After(
        List<ExpandedRecipient> before, IReadOnlyList<ExpandedRecipient> added, IReadOnlyList<MessageRecipient> recipients)
    {
        if (before.Count == 0 && added.Count == 0) return before;
        var named = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var recipient in recipients) named.UnionWith((recipient.Named ?? []).Select(name => name.Address));
        return [.. before.Concat(added).Where(one => named.Contains(one.Address.Address)).DistinctBy(one => one.Address)];
    }
}

using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>The named addresses whose success is reported as their expansion, after a change of the recipients. Pure.</summary>
internal static class ExpandedRecipients
{
    /// <summary>The addresses of which a recipient is left.</summary>
    /// <param name="expanded">The addresses before the change.</param>
    /// <param name="recipients">All recipients after the change.</param>
    public static List<ExpandedRecipient> Left(List<ExpandedRecipient> expanded, IReadOnlyList<MessageRecipient> recipients)
    {
        if (expanded.Count == 0) return expanded;
        var named = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var recipient in recipients) named.UnionWith((recipient.Named ?? []).Select(name => name.Address));
        return expanded.FindAll(one => named.Contains(one.Address.Address));
    }
}

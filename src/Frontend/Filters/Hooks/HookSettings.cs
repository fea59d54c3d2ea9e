using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>What the sessions of a hook share. Immutable.</summary>
/// <param name="Options">The filter.</param>
/// <param name="Hostname">The name of this host.</param>
/// <param name="MaxBody">The greatest length of a new body in octets.</param>
/// <param name="Added">What becomes of recipients that the filter adds.</param>
/// <param name="Time">The clock.</param>
internal sealed record HookSettings(FilterOptions Options, string Hostname, long MaxBody, AddedRecipients Added, TimeProvider Time)
{
    /// <summary>The stages at which the hook is asked.</summary>
    public FilterStages Stages { get; } = FilterStageText.Of(Options.Stages);
}

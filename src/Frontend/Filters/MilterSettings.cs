using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Filters;

/// <summary>What the sessions of a filter share. Immutable.</summary>
/// <param name="Options">The filter.</param>
/// <param name="Hostname">The name of this host.</param>
/// <param name="MaxBody">The greatest length of a new body in octets.</param>
/// <param name="Time">The clock.</param>
internal sealed record MilterSettings(FilterOptions Options, string Hostname, long MaxBody, TimeProvider Time);

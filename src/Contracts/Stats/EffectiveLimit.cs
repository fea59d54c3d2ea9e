namespace Postfleet.Contracts.Stats;

/// <summary>A limit in force.</summary>
/// <param name="Name">What is limited, for example <c>connections</c> or <c>size</c>.</param>
/// <param name="Value">The limit, as it is written in the configuration.</param>
/// <param name="Setting">The key of the configuration that set it.</param>
public sealed record EffectiveLimit(string Name, string Value, string Setting);

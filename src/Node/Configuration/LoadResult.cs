using Postfleet.Core.Options;

namespace Postfleet.Node.Configuration;

/// <summary>The configuration, or why there is none.</summary>
/// <param name="Options">The configuration with every default filled in, checked; null when there are errors.</param>
/// <param name="Errors">One line for each fault: the key, its value, what is allowed, where it was given. Secrets are masked.</param>
public sealed record LoadResult(PostfleetOptions? Options, IReadOnlyList<string> Errors);

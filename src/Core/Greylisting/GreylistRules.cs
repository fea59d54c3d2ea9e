namespace Postfleet.Core.Greylisting;

/// <summary>The times of greylisting. Immutable.</summary>
/// <param name="Delay">How long mail of an unknown triplet is deferred.</param>
/// <param name="Window">How long after its first try a triplet may come back to be known.</param>
/// <param name="Life">How long a known triplet or sender stays known after its last mail.</param>
/// <param name="Proofs">After how many triplets a network is known for all mail of a sender domain; 0 for never.</param>
public readonly record struct GreylistRules(TimeSpan Delay, TimeSpan Window, TimeSpan Life, int Proofs);

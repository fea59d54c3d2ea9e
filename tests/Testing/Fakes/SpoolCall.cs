using Postfleet.Core.Queueing;

namespace Postfleet.Testing.Fakes;

/// <summary>A call of <see cref="MemorySpool"/>, for tests that let it fail or wait.</summary>
/// <param name="Method">The name of the method.</param>
/// <param name="Part">The part that the call is about; the default value where it is about none or several.</param>
/// <param name="Cancelled">The caller's token.</param>
public readonly record struct SpoolCall(string Method, PartId Part, CancellationToken Cancelled);

/// <summary>A question for unclaimed parts.</summary>
/// <param name="AcceptedBefore">Only parts that were accepted before this are asked for.</param>
/// <param name="After">The part where the last page ended; null for the first page.</param>
/// <param name="Limit">Most parts of the answer.</param>
public readonly record struct UnclaimedQuery(DateTimeOffset AcceptedBefore, PartId? After, int Limit);

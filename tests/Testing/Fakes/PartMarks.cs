using Postfleet.Core.Queueing;

namespace Postfleet.Testing.Fakes;

/// <summary>Hand-off marks of parts that were never moved.</summary>
public static class PartMarks
{
    /// <summary>The mark of a part.</summary>
    public static PartMark Mark(this PartId part) => new(part, 0);
}

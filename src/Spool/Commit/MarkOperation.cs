using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Commit;

/// <summary>Marks parts (at least 1) as owned by their queues.</summary>
internal sealed class MarkOperation(IReadOnlyList<PartMark> parts) : WriteOperation<bool>(parts[0].Part.Message, weight: 0)
{
    public IReadOnlyList<PartMark> Parts => parts;

    /// <inheritdoc/>
    public override void Complete() => Succeed(true);
}

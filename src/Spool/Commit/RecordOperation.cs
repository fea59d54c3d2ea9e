using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Commit;

/// <summary>Writes the outcomes of an event without a settlement; see <see cref="Common.IPartLedger.RecordAsync"/>.</summary>
internal sealed class RecordOperation(PartId part, int number, PartOutcomes outcomes) : WriteOperation<bool>(part.Message, weight: 0)
{
    public PartId Part => part;

    public int Number => number;

    public PartOutcomes Outcomes => outcomes;

    /// <inheritdoc/>
    public override void Complete() => Succeed(true);
}

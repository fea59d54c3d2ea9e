using Postfleet.Core.Queueing;
using Postfleet.Spool.Cache;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Commit;

/// <summary>Settles a part; see <see cref="Settlement"/>.</summary>
internal sealed class SettleOperation(Settlement settlement, EncodedMessage? notification, BodyCache cache)
    : WriteOperation<SettlementResult>(settlement.Part.Message, notification?.Weight ?? 0)
{
    public PartId Part => settlement.Part;

    public int Attempt => settlement.Attempt;

    public bool IsFinal => settlement.IsFinal;

    public EncodedMessage? Notification => notification;

    /// <summary>Set by the engine: whether the part was there and had no such report.</summary>
    public bool Applied { get; set; }

    /// <inheritdoc/>
    public override void Complete()
    {
        cache.Remove(Part);
        if (Applied && notification is not null) cache.Add(notification.Source);
        Succeed(new SettlementResult(Applied, Applied && notification is not null));
    }
}

using Postfleet.Spool.Common;

namespace Postfleet.Admin.Tests.Fakes;

/// <summary>Changes of owner that the test sets; keeps none as long as there are none.</summary>
internal sealed class FakeTakeovers : ITakeoverHistory
{
    public List<QueueTakeover> Kept { get; } = [];

    /// <summary>The stays of the last question.</summary>
    public IReadOnlyList<QueueStay> Asked { get; private set; } = [];

    public bool KeepsTakeovers => Kept.Count > 0;

    public ValueTask RecordAsync(IReadOnlyList<QueueTakeover> takeovers, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<IReadOnlyList<QueueTakeover>> FindAsync(IReadOnlyList<QueueStay> stays, CancellationToken cancellationToken)
    {
        Asked = stays;
        return ValueTask.FromResult<IReadOnlyList<QueueTakeover>>(
            [.. Kept.Where(each => stays.Any(stay => stay.Queue == each.Queue && stay.From <= each.At && each.At <= stay.To))]);
    }
}

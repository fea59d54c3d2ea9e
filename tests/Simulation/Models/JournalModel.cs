using Postfleet.Contracts.Persistence;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>
/// The journal's table: rows by persistence id and ascending sequence number. Deletes as Akka.Persistence.Sql does: rows are marked, and
/// all marked rows except the last are removed. The highest sequence number stays known.
/// </summary>
internal sealed class JournalModel(World world)
{
    /// <summary>
    /// How long the last row of an empty queue stays. Far shorter than in the product, to have owners return after the deletion.
    /// </summary>
    public static readonly TimeSpan KeepFor = TimeSpan.FromMinutes(1);

    /// <summary>How far the clocks of two nodes may differ.</summary>
    public static readonly TimeSpan ClockMargin = TimeSpan.FromSeconds(4);

    // Small, to have a run raise the floor more than once.
    private const long FloorStep = 64;

    private readonly Dictionary<QueueKey, List<Row>> _rows = [];
    private long _floor;

    private sealed record Row(long Number, int Owner, DateTimeOffset At)
    {
        public required object Payload { get; set; }

        public bool IsDeleted { get; set; }
    }

    /// <summary>The result of a replay.</summary>
    internal sealed record Replay(long Highest, bool HasRows, IReadOnlyList<object> Payloads);

    /// <summary>Rows readable by a replay, over all queues.</summary>
    public int Live => _rows.Values.Sum(rows => rows.Count(row => !row.IsDeleted));

    /// <summary>Largest number of rows of a queue marked as deleted and still stored.</summary>
    public int Marked => _rows.Values.Select(rows => rows.Count(row => row.IsDeleted)).DefaultIfEmpty().Max();

    public Replay Read(QueueKey queue)
    {
        var rows = _rows.GetValueOrDefault(queue) ?? [];
        return new Replay(rows.Count == 0 ? _floor
            : rows.Max(row => row.Number), rows.Count > 0, [.. rows.Where(row => !row.IsDeleted).Select(row => row.Payload)]);
    }

    /// <summary>Writes rows in a single transaction.</summary>
    public bool Write(QueueKey queue, long first, IReadOnlyList<object> payloads, int owner)
    {
        if (!_rows.TryGetValue(queue, out var rows)) _rows.Add(queue, rows = []);
        world.Ledger.JournalNumbered(queue, owner, first, payloads.Count);
        if (!IsNext(rows, first, payloads.Count)) throw new DuplicateKeyException();
        world.Ledger.JournalWritten(queue, owner);
        for (var i = 0; i < payloads.Count; i++)
        {
            var at = rows.FindLastIndex(row => row.Number <= first + i) + 1;
            rows.Insert(at, new Row(first + i, owner, world.Scheduler.Now) { Payload = payloads[i] });
            if (payloads[i] is QueueEventBatch batch) foreach (var e in batch.Events) world.Ledger.Recorded(queue, e);
        }

        return true;
    }

    // The unique key alone is no fence: a checkpoint may have deleted the row with which an earlier owner's write would collide.
    private bool IsNext(List<Row> rows, long first, int count) =>
        world.Breaks(BrokenRule.NoFence)
        || (world.Breaks(BrokenRule.FenceIsUniqueKeyAlone) ? !rows.Exists(row => row.Number >= first && row.Number < first + count)
            : rows.Count == 0 ? first > _floor : rows.TrueForAll(row => row.Number < first));

    /// <summary>Deletes the last rows of queues empty for long. No write is under way meanwhile.</summary>
    public void Sweep()
    {
        foreach (var (queue, rows) in _rows)
        {
            if (rows.Count == 0 || !rows.TrueForAll(row => row.IsDeleted && row.At + KeepFor < world.Scheduler.Now)) continue;
            world.Trace?.Add($"the journal forgets {queue}");
            if (!world.Breaks(BrokenRule.SweptWithoutFloor))
                _floor = Math.Max(_floor, (rows.Max(row => row.Number) / FloorStep + 1) * FloorStep);
            rows.Clear();
        }
    }

    /// <summary>Damages a row, which no replay can read from then on.</summary>
    /// <returns>The row's queue; null when there is no row.</returns>
    public QueueKey? Damage(Chance chance)
    {
        var live = _rows.SelectMany(rows => rows.Value.Where(row => !row.IsDeleted).Select(row => (Queue: rows.Key, Row: row))).ToArray();
        if (live.Length == 0) return null;
        var (queue, row) = chance.Of(live);
        world.Trace?.Add($"row {row.Number} of {queue} is damaged");
        world.Ledger.Damaged(queue);
        row.Payload = new UnreadableRow("", [], "damaged");
        return queue;
    }

    public bool Delete(QueueKey queue, long upTo)
    {
        if (!_rows.TryGetValue(queue, out var rows)) return true;
        foreach (var row in rows) if (row.Number <= upTo) row.IsDeleted = true;
        var last = rows.Where(row => row.IsDeleted).Select(row => row.Number).DefaultIfEmpty().Max();
        rows.RemoveAll(row => row.IsDeleted && row.Number < last);
        return true;
    }
}

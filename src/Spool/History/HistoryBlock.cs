using Google.Protobuf;
using Postfleet.Spool.Common;
using Postfleet.Spool.History.Wire;

namespace Postfleet.Spool.History;

/// <summary>
/// Batches of events, kept, searched and dropped together, with the values by which a search passes over them. Filled by the mover of the
/// embedded history.
/// </summary>
internal sealed class HistoryBlock
{
    private readonly StoredHistoryBlock _stored = new();
    private readonly HashSet<ulong> _keys = [];
    private readonly List<StoredHistoryEntry> _entries = [];

    /// <summary>The number of the first batch.</summary>
    public long First { get; private set; }

    /// <summary>The number of the last batch.</summary>
    public long Last { get; private set; }

    /// <summary>The time of the oldest event in microseconds.</summary>
    public long MinAt { get; private set; } = long.MaxValue;

    /// <summary>The time of the newest event in microseconds.</summary>
    public long MaxAt { get; private set; } = long.MinValue;

    /// <summary>How many events there are.</summary>
    public int Events { get; private set; }

    /// <summary>The kinds of the events as a set of bits.</summary>
    public int Kinds { get; private set; }

    /// <summary>Length of the batches in octets.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds a batch. A damaged batch is kept, and has no events.</summary>
    public void Add(long number, byte[] batch)
    {
        if (_stored.Groups.Count == 0) First = number;
        Last = number;
        Bytes += batch.Length;
        _stored.Groups.Add(new StoredHistoryGroup { Number = number, Batch = UnsafeByteOperations.UnsafeWrap(batch) });
        ReadEntries(batch, _entries);
        foreach (var entry in _entries)
        {
            var (events, kinds) = HistoryEvents.AddKeys(_keys, entry);
            (Events, Kinds) = (Events + events, Kinds | kinds);
            (MinAt, MaxAt) = (Math.Min(MinAt, entry.At), Math.Max(MaxAt, entry.At));
        }

        _entries.Clear();
    }

    /// <summary>The filter of the searchable values.</summary>
    public byte[] BuildKeys() => HistoryKeys.Build(_keys);

    /// <summary>Length of the stored form in octets.</summary>
    public int Size => _stored.CalculateSize();

    /// <summary>Writes the stored form.</summary>
    public void WriteTo(Span<byte> octets) => _stored.WriteTo(octets);

    /// <summary>Reads the batches of a stored block.</summary>
    /// <exception cref="InvalidProtocolBufferException">The octets are damaged.</exception>
    public static IReadOnlyList<StoredHistoryGroup> Read(ReadOnlySpan<byte> octets) => StoredHistoryBlock.Parser.ParseFrom(octets).Groups;

    /// <summary>Adds the events of a batch; none where the batch is damaged.</summary>
    public static void ReadBatch(ReadOnlySpan<byte> batch, List<HistoryEvent> events)
    {
        List<StoredHistoryEntry> entries = [];
        ReadEntries(batch, entries);
        foreach (var entry in entries) HistoryEvents.AddTo(events, entry);
    }

    private static void ReadEntries(ReadOnlySpan<byte> batch, List<StoredHistoryEntry> entries)
    {
        try
        {
            entries.AddRange(StoredHistoryBatch.Parser.ParseFrom(batch).Entries);
        }
        catch (InvalidProtocolBufferException)
        {
            // The batch stays as it is.
        }
    }
}

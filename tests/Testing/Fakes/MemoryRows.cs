using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Testing.Fakes;

/// <summary>The tables of <see cref="MemorySpool"/>, which calls it under its lock.</summary>
internal sealed class MemoryRows
{
    private readonly Dictionary<MessageId, NewMessage> _messages = [];
    private readonly SortedDictionary<(MessageId Message, QueueKey Queue), PartRow> _parts = [];
    private readonly SortedDictionary<long, NoteRow> _notes = [];
    private readonly Dictionary<(string Owner, string Key), NewMessage> _keys = [];
    private long _lastNote;

    public List<(PartId Part, int Number, PartOutcomes Outcomes)> Outcomes { get; } = [];

    public int Messages => _messages.Count;

    public int Parts => _parts.Count;

    public int Notes => _notes.Count;

    public int Keys => _keys.Count;

    /// <exception cref="ArgumentException">The message has no part, a part without recipients, or two parts for one queue.</exception>
    public static void Check(NewMessage message)
    {
        if (message.Parts.Count == 0) throw new ArgumentException("no part", nameof(message));
        if (message.Parts.Any(part => part.Envelope.Recipients.Count == 0)) throw new ArgumentException("no recipient", nameof(message));
        if (message.Parts.DistinctBy(part => part.Queue).Count() != message.Parts.Count)
            throw new ArgumentException("two parts for one queue", nameof(message));
    }

    public bool Insert(NewMessage message)
    {
        // Stored times are in microseconds.
        message = message with { AcceptedAt = new DateTimeOffset(message.AcceptedAt.UtcTicks / 10 * 10, TimeSpan.Zero) };
        if (!_messages.TryAdd(message.Id, message)) return false;
        foreach (var part in message.Parts) _parts.Add((message.Id, part.Queue), new PartRow(message, part.Envelope));
        if (message.Note is { } note) _notes.Add(++_lastNote, new NoteRow(message.Id, note));
        return true;
    }

    public StoreResult? FindKey(NewMessage message) =>
        message.Key is { } key && _keys.TryGetValue((key.Owner, key.Key), out var earlier)
            && earlier.AcceptedAt > message.AcceptedAt - IdempotencyKey.Lifetime
            ? key.Repeated(earlier.Key!.Hash.Span, earlier.Id) : null;

    public void AddKey(NewMessage message)
    {
        if (message.Key is { } key) _keys[(key.Owner, key.Key)] = message;
    }

    public SpooledPart? Read(PartId part, int maxContent)
    {
        if (!_parts.TryGetValue((part.Message, part.Queue), out var row)) return null;
        return new SpooledPart(part, row.Message.AcceptedAt, row.Message.Envelope, row.Envelope, Cut(row.Message.Content, maxContent));
    }

    public SpooledPart? ReadHead(PartId part, int maxContent) => Read(part, maxContent) is not { } found ? null : found with
    {
        IsAlone = !HasNotes(part.Message) && _parts.Keys.Count(key => key.Message == part.Message) == 1,
    };

    public SettlementResult Settle(Settlement settlement, bool keepsOutcomes)
    {
        var key = (settlement.Part.Message, settlement.Part.Queue);
        if (!_parts.TryGetValue(key, out var row) || row.Reported >= settlement.Attempt) return default;
        if (keepsOutcomes && settlement.Outcomes is { } outcomes) Record(settlement.Part, settlement.Attempt, outcomes);
        if (settlement.Move is { } move)
            _parts.Add(
                (key.Message, move.To), new PartRow(row.Message, row.Envelope) { Moved = move.State, Reported = settlement.Attempt });
        if (settlement.IsFinal) _parts.Remove(key);
        else row.Reported = settlement.Attempt;
        if (settlement.Notification is { } notification) Insert(notification);
        if (settlement.Note is { } note) _notes.Add(++_lastNote, new NoteRow(key.Message, note));
        var isDue = settlement.IsFinal && !TryDelete(key.Message) && !HasParts(key.Message);
        return new SettlementResult(true, isDue);
    }

    public bool Record(PartId part, int number, PartOutcomes outcomes)
    {
        if (!_parts.ContainsKey((part.Message, part.Queue)) || Outcomes.Exists(row => row.Part == part && row.Number == number))
            return false;
        Outcomes.Add((part, number, outcomes));
        return true;
    }

    public bool Mark(IReadOnlyList<PartMark> marks)
    {
        foreach (var (part, moves) in marks)
        {
            if (_parts.TryGetValue((part.Message, part.Queue), out var row) && (moves < 0 || moves == (row.Moved?.Moves ?? 0)))
                row.IsMarked = true;
        }

        return true;
    }

    public int GiveBack(QueueKey queue)
    {
        var rows = _parts.Where(row => row.Key.Queue == queue).Select(row => row.Value).ToList();
        foreach (var row in rows) (row.IsMarked, row.Reported) = (false, 0);
        return rows.Count;
    }

    public IReadOnlyDictionary<MessageId, MovedPart?> Existing(QueueKey queue, IReadOnlyList<MessageId> messages) =>
        messages.Distinct().Where(message => _parts.ContainsKey((message, queue)))
            .ToDictionary(message => message, message => _parts[(message, queue)].Moved);

    public IReadOnlyList<PendingPart> Unclaimed(DateTimeOffset acceptedBefore, PartId? after, int limit) =>
    [
        .. _parts.Where(row => !row.Value.IsMarked && row.Value.Message.AcceptedAt < acceptedBefore
                && (after is not { } last || row.Key.CompareTo((last.Message, last.Queue)) > 0))
            .Take(limit)
            .Select(row => new PendingPart(
                row.Key.Queue, new QueuedPart(row.Key.Message, row.Value.Envelope.Recipients.Count, row.Value.Message.AcceptedAt)
                    .With(row.Value.Message.Envelope))),
    ];

    public IReadOnlyList<QueueKey> Queues(QueueKey? after, int limit) =>
        [.. _parts.Keys.Select(key => key.Queue).Distinct().Where(queue => after is not { } last || queue > last).Order().Take(limit)];

    public IReadOnlyList<ScannedPart> Scan(PartId? after, int limit) =>
    [
        .. _parts.Where(row => after is not { } last || row.Key.CompareTo((last.Message, last.Queue)) > 0).Take(limit)
            .Select(row => new ScannedPart(
                new PartId(row.Key.Message, row.Key.Queue), row.Value.Message.Envelope.ReversePath?.Address ?? "",
                row.Value.Message.Envelope.Acceptance?.User ?? "")),
    ];

    public PendingReport? ReadPending(MessageId id, int maxContent)
    {
        var notes = _notes.Where(note => note.Value.Message == id).ToList();
        if (notes.Count == 0) return null;
        var message = _messages[id];
        return new PendingReport(
            id, message.AcceptedAt, message.Envelope, Cut(message.Content, maxContent), [.. notes.Select(note => note.Value.Note)],
            [.. notes.Select(note => note.Key)]);
    }

    public IReadOnlyList<DueReport> Due(DateTimeOffset notedBefore, long after, int limit) =>
    [
        .. _notes.Where(note => note.Key > after && note.Value.Note.At < notedBefore).Take(limit)
            .Select(note => new DueReport(note.Key, note.Value.Message)),
    ];

    public bool Complete(MessageId message, IReadOnlyList<long> rows, NewMessage? notification)
    {
        if (!rows.All(row => _notes.TryGetValue(row, out var note) && note.Message == message)) return false;
        foreach (var row in rows) _notes.Remove(row);
        if (notification is not null) Insert(notification);
        TryDelete(message);
        return true;
    }

    private bool HasNotes(MessageId message) => _notes.Values.Any(note => note.Message == message);

    private bool HasParts(MessageId message) => _parts.Keys.Any(key => key.Message == message);

    private bool TryDelete(MessageId message) => !HasParts(message) && !HasNotes(message) && _messages.Remove(message);

    private static Core.Mail.MessageContent Cut(Core.Mail.MessageContent content, int maxContent) =>
        new(content.ToMemory()[..(int)Math.Min(content.Length, maxContent)].ToArray());

    private sealed class PartRow(NewMessage message, PartEnvelope envelope)
    {
        public NewMessage Message => message;

        public PartEnvelope Envelope => envelope;

        public bool IsMarked { get; set; }

        public int Reported { get; set; }

        public MovedPart? Moved { get; init; }
    }

    private sealed record NoteRow(MessageId Message, NotedReport Note);
}

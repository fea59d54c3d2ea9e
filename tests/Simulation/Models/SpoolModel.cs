using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Spool.Common;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>A message of a client or a report: its parts with their numbers of recipients, and the sender to notify of failures.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AcceptedAt">When it was accepted, by the clock of the accepting node.</param>
/// <param name="Sender">The queue of the sender's domain; null for the null reverse-path.</param>
/// <param name="Parts">Its parts.</param>
internal sealed record Letter(
    MessageId Id, DateTimeOffset AcceptedAt, QueueKey? Sender, IReadOnlyList<(QueueKey Queue, int Recipients)> Parts)
{
    /// <summary>The time of sending, the priority and the time for the delivery of its parts.</summary>
    public QueuedPart Handling { get; init; }

    /// <summary>A part as it is offered to its queue.</summary>
    public QueuedPart PartOf(int recipients) => Handling with { Message = Id, Recipients = recipients, AcceptedAt = AcceptedAt };

    /// <summary>The reported attempts, if the message is a report.</summary>
    public IReadOnlyList<(PartId Part, int Attempt)> About { get; init; } = [];
}

/// <summary>A part's failure or delay for the sender, until a report combines it with the notes of other parts.</summary>
internal sealed record Note(int Row, PartId Part, int Attempt, DateTimeOffset At);

/// <summary>The spool's tables: messages and parts, and the transactions over them.</summary>
internal sealed class SpoolModel(World world)
{
    private readonly Dictionary<PartId, PartRow> _parts = [];
    private readonly Dictionary<MessageId, Letter> _messages = [];
    private readonly Dictionary<MessageId, List<Note>> _notes = [];
    // Of all parts ever stored: the last part of a page may be deleted before the next page is read.
    private readonly Dictionary<MessageId, DateTimeOffset> _acceptedAt = [];
    private int _rows;

    private sealed record PartRow(PartId Id, QueuedPart Part)
    {
        public DateTimeOffset AcceptedAt => Part.AcceptedAt;

        public bool IsMarked { get; set; }

        public int Reported { get; set; }

        public MovedPart? Moved { get; init; }
    }

    public int Parts => _parts.Count;

    public int Messages => _messages.Count;

    /// <summary>Messages with something noted.</summary>
    public int Noted => _notes.Count;

    /// <summary>Any stored part, for a report.</summary>
    public PartId? Any => _parts.Count == 0 ? null : _parts.Keys.First();

    public bool Store(Letter letter)
    {
        if (!_messages.TryAdd(letter.Id, letter)) throw new DuplicateKeyException();
        _acceptedAt[letter.Id] = letter.AcceptedAt;
        foreach (var (part, attempt) in letter.About) world.Ledger.Reported(part, attempt);
        foreach (var (queue, recipients) in letter.Parts)
        {
            var id = new PartId(letter.Id, queue);
            _parts.Add(id, new PartRow(id, letter.PartOf(recipients)));
            world.Ledger.Stored(id, new PartRecord(letter.PartOf(recipients), letter.Sender is not null));
        }

        return true;
    }

    public bool Exists(PartId part) => _parts.ContainsKey(part);

    /// <summary>Message data for a report; null when the part is gone.</summary>
    public (Letter Letter, bool IsAlone)? Head(PartId part) => !_parts.ContainsKey(part)
        ? null : (_messages[part.Message], !_notes.ContainsKey(part.Message) && OtherParts(part).All(other => !_parts.ContainsKey(other)));

    /// <summary>Settles a part as <see cref="Settlement"/> does, in a single transaction.</summary>
    public SettlementResult Settle(PartId part, SettlementRequest report, Letter? notification, DateTimeOffset? notedAt = null)
    {
        if (!_parts.TryGetValue(part, out var row) || (row.Reported >= report.Attempt && !world.Breaks(BrokenRule.ReportsNotNumbered)))
            return default;
        world.Ledger.Settled(part, report);
        if (notification is not null) Store(notification);
        if (notedAt is { } at)
        {
            if (!_notes.TryGetValue(part.Message, out var notes)) _notes.Add(part.Message, notes = []);
            notes.Add(new Note(++_rows, part, report.Attempt, at));
        }

        if (report.Move is { } move) Move(row, move, report.Attempt);
        if (!report.IsFinal) row.Reported = report.Attempt;
        else _parts.Remove(part);
        return new SettlementResult(true, IsReportDue: report.IsFinal && !TryDelete(part.Message) && !HasParts(part.Message));
    }

    private void Move(PartRow row, RequestedMove move, int attempt)
    {
        var (from, to) = (row.Id, row.Id with { Queue = row.Id.Queue.InStream(move.Stream) });
        world.Ledger.Moved(from, to);
        if (world.Breaks(BrokenRule.MoveLosesPart)) return;
        _parts.Add(to, row with { Id = to, Moved = move.State, Reported = attempt, IsMarked = false });
        var letter = _messages[from.Message];
        _messages[from.Message] = letter with
        {
            Parts = [.. letter.Parts.Select(part => part.Queue == from.Queue ? (to.Queue, part.Recipients) : part)],
        };
    }

    /// <summary>The notes about a message; null when there are none.</summary>
    public (Letter Letter, IReadOnlyList<Note> Notes)? Pending(MessageId message) =>
        _notes.TryGetValue(message, out var notes) && _messages.TryGetValue(message, out var letter) ? (letter, [.. notes]) : null;

    public IReadOnlyList<MessageId> FindDue(DateTimeOffset notedBefore) =>
        [.. _notes.Where(noted => noted.Value.Exists(note => note.At < notedBefore)).Select(noted => noted.Key)];

    /// <summary>Ends notes with a report, in a single transaction, if all of the notes exist.</summary>
    public bool Complete(MessageId message, IReadOnlyList<Note> reported, Letter report)
    {
        if (!_notes.TryGetValue(message, out var notes) || !reported.All(notes.Contains)) return false;
        Store(report);
        if (world.Breaks(BrokenRule.NotesOutliveTheirReport)) return true;
        notes.RemoveAll(reported.Contains);
        if (notes.Count == 0) _notes.Remove(message);
        TryDelete(message);
        return true;
    }

    public bool Mark(IReadOnlyList<PartMark> marks)
    {
        foreach (var (part, moves) in marks)
        {
            if (_parts.TryGetValue(part, out var row) && (row.Moved?.Moves ?? 0) == moves) row.IsMarked = true;
        }

        return true;
    }

    /// <summary>Has all parts of a queue offered again, as if no queue had taken or reported them.</summary>
    public bool Reoffer(QueueKey queue)
    {
        world.Ledger.Damaged(queue);
        foreach (var row in _parts.Values.Where(row => row.Id.Queue == queue)) (row.IsMarked, row.Reported) = (false, 0);
        return true;
    }

    public IReadOnlyDictionary<MessageId, MovedPart?> FindExisting(QueueKey queue, IReadOnlyList<MessageId> messages) =>
        messages.Where(message => _parts.ContainsKey(new PartId(message, queue))).ToDictionary(
            message => message,
            message => world.Breaks(BrokenRule.MovedStateForgotten) ? null : _parts[new PartId(message, queue)].Moved);

    public IReadOnlyList<PendingPart> FindUnclaimed(DateTimeOffset acceptedBefore, PartId? after, int limit) =>
        [.. _parts.Values.Where(row => !row.IsMarked && row.AcceptedAt < acceptedBefore)
            .OrderBy(row => row.AcceptedAt).ThenBy(row => row.Id.Message).ThenBy(row => row.Id.Queue)
            .Where(row => after is null || Compare(row, after.Value) > 0)
            .Take(limit)
            .Select(row => new PendingPart(row.Id.Queue, row.Part))];

    private int Compare(PartRow row, PartId other) =>
        (row.AcceptedAt, row.Id.Message, row.Id.Queue).CompareTo((_acceptedAt[other.Message], other.Message, other.Queue));

    private IEnumerable<PartId> OtherParts(PartId part) =>
        _messages[part.Message].Parts.Select(other => new PartId(part.Message, other.Queue)).Where(other => other != part);

    private bool HasParts(MessageId message) => _messages[message].Parts.Any(part => _parts.ContainsKey(new PartId(message, part.Queue)));

    private bool TryDelete(MessageId message)
    {
        if (HasParts(message) || (_notes.ContainsKey(message) && !world.Breaks(BrokenRule.MessageDeletedBeforeReport))) return false;
        return _messages.Remove(message);
    }
}

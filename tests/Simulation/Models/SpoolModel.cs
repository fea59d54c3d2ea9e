using Postfleet.Core.Queueing;
using Postfleet.QueueActors.State;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Spool;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>A message as clients and reports make it: its parts with so many recipients each, and who is told of failures.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AcceptedAt">When it was accepted, by the clock of whoever accepted it.</param>
/// <param name="Sender">The queue of the sender's domain; null for the null reverse-path.</param>
/// <param name="Parts">Its parts.</param>
internal sealed record Letter(MessageId Id, DateTimeOffset AcceptedAt, QueueKey? Sender, IReadOnlyList<(QueueKey Queue, int Recipients)> Parts)
{
    /// <summary>What it reports the failure of, when it is a report.</summary>
    public (PartId Part, int Attempt)? About { get; init; }
}

/// <summary>The spool's tables: messages and parts, and the transactions over them.</summary>
internal sealed class SpoolModel(World world)
{
    private readonly Dictionary<PartId, PartRow> _parts = [];
    private readonly Dictionary<MessageId, Letter> _messages = [];

    private sealed record PartRow(PartId Id, int Recipients, DateTimeOffset AcceptedAt)
    {
        public bool IsMarked { get; set; }

        public int Reported { get; set; }
    }

    public int Parts => _parts.Count;

    public int Messages => _messages.Count;

    /// <summary>Some part that is there, for a report.</summary>
    public PartId? Any => _parts.Count == 0 ? null : _parts.Keys.First();

    public bool Store(Letter letter)
    {
        if (!_messages.TryAdd(letter.Id, letter)) throw new DuplicateKeyException();
        if (letter.About is { } about) world.Ledger.Reported(about.Part, about.Attempt);
        foreach (var (queue, recipients) in letter.Parts)
        {
            var id = new PartId(letter.Id, queue);
            _parts.Add(id, new PartRow(id, recipients, letter.AcceptedAt));
            world.Ledger.Stored(id, recipients, letter.Sender is not null);
        }

        return true;
    }

    public bool Exists(PartId part) => _parts.ContainsKey(part);

    /// <summary>What a report needs to know of a message; null when the part is gone.</summary>
    public Letter? Head(PartId part) => _parts.ContainsKey(part) ? _messages[part.Message] : null;

    /// <summary>Settles a part as <see cref="Settlement"/> says, in one transaction.</summary>
    public SettlementResult Settle(PartId part, SettleReport report, Letter? notification)
    {
        if (!_parts.TryGetValue(part, out var row) || (row.Reported >= report.Attempt && !world.Breaks(BrokenRule.ReportsNotNumbered))) return default;
        world.Ledger.Settled(part, report);
        if (notification is not null) Store(notification);
        if (report.IsFinal) Delete(part);
        else row.Reported = report.Attempt;
        return new SettlementResult(true, notification is not null);
    }

    public bool Mark(IReadOnlyList<PartId> parts)
    {
        foreach (var part in parts) if (_parts.TryGetValue(part, out var row)) row.IsMarked = true;
        return true;
    }

    public IReadOnlySet<MessageId> FindExisting(QueueKey queue, IReadOnlyList<MessageId> messages) =>
        messages.Where(message => _parts.ContainsKey(new PartId(message, queue))).ToHashSet();

    public IReadOnlyList<UnclaimedPart> FindUnclaimed(DateTimeOffset acceptedBefore, UnclaimedPart? after, int limit) =>
        [.. _parts.Values.Where(row => !row.IsMarked && row.AcceptedAt < acceptedBefore)
            .OrderBy(row => row.AcceptedAt).ThenBy(row => row.Id.Message).ThenBy(row => row.Id.Queue)
            .Where(row => after is null || Compare(row, after) > 0)
            .Take(limit).Select(row => new UnclaimedPart(row.Id, row.Recipients, row.AcceptedAt))];

    private static int Compare(PartRow row, UnclaimedPart other) =>
        (row.AcceptedAt, row.Id.Message, row.Id.Queue).CompareTo((other.AcceptedAt, other.Part.Message, other.Part.Queue));

    private void Delete(PartId part)
    {
        _parts.Remove(part);
        if (!_messages[part.Message].Parts.Any(other => _parts.ContainsKey(new PartId(part.Message, other.Queue)))) _messages.Remove(part.Message);
    }
}

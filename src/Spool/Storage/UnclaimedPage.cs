using System.Globalization;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Storage;

/// <summary>The columns of a part's row that its message gives it, as they stand there.</summary>
/// <param name="SendAfter">See <see cref="QueuedPart.SendAfter"/>.</param>
/// <param name="Priority">See <see cref="QueuedPart.Priority"/>.</param>
/// <param name="DeliverByMode">See <see cref="QueuedPart.DeliverByMode"/>.</param>
/// <param name="DeliverWithin">See <see cref="QueuedPart.DeliverWithin"/>.</param>
internal readonly record struct PartHandling(long SendAfter, long Priority, long DeliverByMode, long DeliverWithin);

/// <summary>
/// A page of unclaimed parts, and of damaged rows between them. Damaged rows do not end the page: other parts wait behind them.
/// </summary>
internal sealed class UnclaimedPage
{
    private const int MaxShown = 80;

    // Bounds the memory of a page: a storage with this many damaged rows in sequence is lost anyway.
    private const int MaxDamaged = 10_000;

    private readonly List<PendingPart> _parts = [];
    private readonly List<string> _damaged = [];

    /// <summary>The parts, oldest first.</summary>
    public IReadOnlyList<PendingPart> Parts => _parts;

    /// <summary>Descriptions of the damaged rows for the log, with their keys.</summary>
    public IReadOnlyList<string> Damaged => _damaged;

    /// <summary>Whether the page needs no further rows.</summary>
    /// <param name="limit">Most parts of the page.</param>
    public bool IsFull(int limit) => _parts.Count >= limit || _damaged.Count >= MaxDamaged;

    /// <summary>Adds a row, as a part or as a damaged row.</summary>
    /// <param name="id">Octets of the message's id.</param>
    /// <param name="queue">The queue's key.</param>
    /// <param name="recipients">How many recipients the part has.</param>
    /// <param name="acceptedAt">Null where the row holds no valid time.</param>
    /// <param name="handling">The properties of the part that its message gives it.</param>
    public void Add(ReadOnlySpan<byte> id, string queue, long recipients, DateTimeOffset? acceptedAt, in PartHandling handling = default)
    {
        var fault = FaultOf(id, queue, recipients);
        if (fault is null && acceptedAt is { } time)
        {
            var part = new QueuedPart(MessageId.FromBytes(id), (int)recipients, time)
            {
                SendAfter = Whole(handling.SendAfter),
                Priority = Whole(handling.Priority),
                DeliverByMode = (DeliverByMode)Whole(handling.DeliverByMode),
                DeliverWithin = Whole(handling.DeliverWithin),
            };
            _parts.Add(new PendingPart(QueueKey.FromTrusted(queue), part));
            return;
        }

        fault ??= "the time is invalid";
        var shown = new string([.. queue.Take(MaxShown).Select(c => char.IsControl(c) ? '?' : c)]);
        _damaged.Add($"message {Convert.ToHexString(id[..Math.Min(id.Length, MessageId.ByteLength)])}, queue '{shown}': {fault}");
    }

    private static int Whole(long number) => (int)Math.Clamp(number, int.MinValue, int.MaxValue);

    private static string? FaultOf(ReadOnlySpan<byte> id, string queue, long recipients)
    {
        if (id.Length != MessageId.ByteLength) return string.Create(CultureInfo.InvariantCulture, $"the id has {id.Length} octets");
        var colon = queue.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || colon == queue.Length - 1) return "the queue is invalid";
        return recipients is < 1 or > RecipientSet.MaxRecipients ? string.Create(CultureInfo.InvariantCulture, $"{recipients} recipients")
            : null;
    }
}

using System.Globalization;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Storage;

/// <summary>
/// A page of unclaimed parts, and of damaged rows between them. Damaged rows do not end the page: other parts wait behind them.
/// </summary>
internal sealed class UnclaimedPage
{
    private const int MaxShown = 80;

    // Storage in which more than this stand in a row is lost anyway.
    private const int MaxDamaged = 10_000;

    private readonly List<PendingPart> _parts = [];
    private readonly List<string> _damaged = [];

    /// <summary>The parts, oldest first.</summary>
    public IReadOnlyList<PendingPart> Parts => _parts;

    /// <summary>The ids of damaged rows, for a person to find them by.</summary>
    public IReadOnlyList<string> Damaged => _damaged;

    /// <summary>Whether no more rows are wanted for a page of so many parts.</summary>
    public bool IsFull(int limit) => _parts.Count >= limit || _damaged.Count >= MaxDamaged;

    /// <summary>Takes a row.</summary>
    /// <param name="id">Octets of the message's id.</param>
    /// <param name="queue">The queue's key.</param>
    /// <param name="recipients">How many recipients the part has.</param>
    /// <param name="acceptedAt">Null where the row holds no valid time.</param>
    public void Add(ReadOnlySpan<byte> id, string queue, long recipients, DateTimeOffset? acceptedAt)
    {
        var fault = FaultOf(id, queue, recipients);
        if (fault is null && acceptedAt is { } time)
        {
            _parts.Add(new PendingPart(QueueKey.FromTrusted(queue), new QueuedPart(MessageId.FromBytes(id), (int)recipients, time)));
            return;
        }

        fault ??= "its time is none";
        var shown = new string([.. queue.Take(MaxShown).Select(c => char.IsControl(c) ? '?' : c)]);
        _damaged.Add($"message {Convert.ToHexString(id[..Math.Min(id.Length, MessageId.ByteLength)])}, queue '{shown}': {fault}");
    }

    private static string? FaultOf(ReadOnlySpan<byte> id, string queue, long recipients)
    {
        if (id.Length != MessageId.ByteLength) return string.Create(CultureInfo.InvariantCulture, $"the id has {id.Length} octets");
        var colon = queue.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || colon == queue.Length - 1) return "that is no queue";
        return recipients is < 1 or > RecipientSet.MaxRecipients ? string.Create(CultureInfo.InvariantCulture, $"{recipients} recipients")
            : null;
    }
}

using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Storage;

/// <summary>
/// The damaged rows that readers found: each row is logged once, although every sweep finds it again. Owned by
/// <see cref="GroupCommitSpool"/>. Thread-safe.
/// </summary>
internal sealed class DamagedRows(ILogger logger)
{
    private const int MaxRows = 1000;

    private readonly ConcurrentDictionary<string, byte> _rows = new(StringComparer.Ordinal);

    /// <summary>Logs a row that cannot be read.</summary>
    public void Log(string row)
    {
        if (_rows.Count < MaxRows && _rows.TryAdd(row, 0)) SpoolLog.Damaged(logger, row);
    }

    /// <summary>Decodes the states of moved parts; parts whose state cannot be read are logged and left out.</summary>
    public IReadOnlyDictionary<MessageId, MovedPart?> Decode(QueueKey queue, IReadOnlyDictionary<MessageId, byte[]?> found)
    {
        var parts = new Dictionary<MessageId, MovedPart?>(found.Count);
        foreach (var (message, state) in found)
        {
            try
            {
                parts.Add(message, state is null ? null : MovedPartCodec.Decode(state));
            }
            catch (Exception e) when (e is InvalidProtocolBufferException or FormatException or ArgumentException)
            {
                Log($"the state of the moved part {new PartId(message, queue)}: {e.Message}");
            }
        }

        return parts;
    }
}

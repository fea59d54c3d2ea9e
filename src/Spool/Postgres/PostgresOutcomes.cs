using Npgsql;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.History.Wire;
using Postfleet.Spool.Storage;
using static Postfleet.Spool.Postgres.PostgresColumns;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// Collects the history of a transaction while its results are read, for the writer. Without a writer nothing is read or collected.
/// </summary>
internal sealed class PostgresOutcomes(IPostgresOutcomeWriter writer)
{
    private readonly List<StoredHistoryEntry> _entries = [];
    private readonly Dictionary<MessageId, byte[]> _envelopes = [];

    /// <summary>Whether there are entries to write.</summary>
    public bool HasEntries => _entries.Count > 0;

    private bool KeepsAll => writer.Keep == HistoryKeep.All;

    /// <summary>
    /// Adds the statement which records events in the rows of their parts. Settled parts have no row, and the rows of events recorded
    /// before have their number: both are dropped.
    /// </summary>
    public static void Record(NpgsqlBatch batch, IReadOnlyList<RecordOperation> records) => Add(
        batch, PostgresSql.RecordParts, Ids(records.Select(record => record.Part.Message)),
        Texts(records.Select(record => record.Part.Queue)), Numbers(records.Select(record => record.Number)));

    /// <summary>Reads the result of the lock: the envelopes of messages.</summary>
    public async Task ReadEnvelopesAsync(NpgsqlDataReader reader)
    {
        while (await reader.ReadAsync()) _envelopes[MessageId.FromGuid(reader.GetGuid(0))] = reader.GetFieldValue<byte[]>(1);
    }

    /// <summary>Reads the result of <see cref="Record"/>, which is the next result.</summary>
    public async Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<RecordOperation> records)
    {
        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            var record = records[(int)reader.GetInt64(0) - 1];
            var envelope = reader.GetFieldValue<byte[]>(1);
            _entries.Add(HistoryEntries.Ended(record.Part, record.Number, record.Outcomes, envelope, EnvelopeOf(record.Part.Message)));
        }
    }

    /// <summary>Adds the acceptances of stored messages.</summary>
    public void AddStored(IReadOnlyList<EncodedMessage> messages)
    {
        if (KeepsAll) _entries.AddRange(messages.Select(HistoryEntries.Accepted));
    }

    /// <summary>Adds the outcomes of an applied settlement, with the envelope of its part.</summary>
    public void AddSettled(SettleOperation settle, byte[] envelope)
    {
        if (settle.Outcomes is { } outcomes)
            _entries.Add(HistoryEntries.Ended(settle.Recorded, settle.Attempt, outcomes, envelope, EnvelopeOf(settle.Part.Message)));
    }

    /// <summary>Adds the DSN of an applied settlement.</summary>
    public void AddNotified(SettleOperation settle)
    {
        if (KeepsAll && settle.Notification is { } dsn)
        {
            var message = settle.Part.Message;
            _entries.Add(HistoryEntries.Notified(message, settle.Part.Queue, settle.Attempt, EnvelopeOf(message), dsn));
        }
    }

    /// <summary>Adds the DSN of an applied report.</summary>
    public void AddNotified(ReportOperation report)
    {
        if (KeepsAll && report.Notification is { } dsn)
            _entries.Add(HistoryEntries.Notified(report.Message, default, 0, EnvelopeOf(report.Message), dsn));
    }

    /// <summary>Adds the writer's statements for the entries collected since the last call.</summary>
    public void Write(NpgsqlBatch batch)
    {
        if (_entries.Count == 0) return;
        writer.Add(batch, _entries);
        _entries.Clear();
    }

    private byte[]? EnvelopeOf(MessageId message) => _envelopes.GetValueOrDefault(message);
}

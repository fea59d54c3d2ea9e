using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.History.Wire;
using Postfleet.Spool.Storage;
using Postfleet.Spool.Storage.Wire;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// Writes events into the table <c>history</c>, a row for each recipient, all events of a transaction with one statement. After an error
/// of the statement no events are written for a while. The lanes of the group commit call it side by side.
/// </summary>
internal sealed class PostgresHistoryWriter(HistoryKeep keep, ILogger logger, TimeProvider time) : IPostgresOutcomeWriter
{
    /// <summary>How long no events are written after an error.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    // Readers of the feed leave out rows of older times than expected: late events and events that were not written leave a note.
    private const string Insert =
        $"""
        WITH note AS (
          INSERT INTO history_note (xact, kind, at)
          SELECT pg_current_xact_id()::text::bigint, CASE WHEN $14 THEN 3 ELSE 1 END, $13
          WHERE $14 OR $13 < clock_timestamp() - interval '{PostgresFeedState.LateAfter}'
        )
        INSERT INTO history (
          at, message_id, number, recipient_index, kind, stream, domain, recipient, sender, header_id, reply, details, xact)
        SELECT *, (SELECT pg_current_xact_id()::text::bigint)
        FROM unnest($1::timestamptz[], $2::uuid[], $3::integer[], $4::integer[], $5::smallint[], $6::text[], $7::text[],
          $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[])
        """;

    // 0 while no statement has failed.
    private long _failedAt;

    // 1 from an error to the next written events: readers of the feed are told that events are missing.
    private int _lost;

    /// <inheritdoc/>
    public HistoryKeep Keep => keep;

    /// <inheritdoc/>
    public bool IsActive
    {
        get
        {
            var failedAt = Volatile.Read(ref _failedAt);
            return failedAt == 0 || time.GetElapsedTime(failedAt) >= Pause;
        }
    }

    /// <inheritdoc/>
    public void Add(NpgsqlBatch batch, IReadOnlyList<StoredHistoryEntry> entries)
    {
        List<HistoryEvent> events = [];
        List<byte[]> details = [];
        foreach (var entry in entries)
        {
            HistoryEvents.AddTo(events, entry);
            AddDetails(details, entry, events);
        }

        PostgresColumns.Add(
            batch, Insert,
            Times(events.Select(one => one.At)),
            Ids(events.Select(one => one.Message)),
            Numbers(events.Select(one => one.Number)),
            Numbers(events.Select(one => one.RecipientIndex)),
            Column<short>(NpgsqlDbType.Smallint, [.. events.Select(one => (short)one.Kind)]),
            Texts(events.Select(one => one.Queue.Stream)),
            Texts(events.Select(one => one.Queue.Domain)),
            Texts(events.Select(one => one.Recipient)),
            Texts(events.Select(one => one.Sender)),
            Texts(events.Select(HeaderId.Of)),
            Texts(events.Select(one => one.Reply?.Text)),
            Bytes(details),
            Value(events.Count == 0 ? time.GetUtcNow().UtcDateTime : events.Min(one => one.At).UtcDateTime),
            Value(Interlocked.Exchange(ref _lost, 0) != 0));
    }

    /// <inheritdoc/>
    public bool IsAtFault(PostgresException failure)
    {
        if (!ReferenceEquals(failure.BatchCommand?.CommandText, Insert)) return false;
        Volatile.Write(ref _failedAt, time.GetTimestamp());
        Volatile.Write(ref _lost, 1);
        SpoolLog.HistoryFails(logger, failure, "history is not written for a while");
        return true;
    }

    // Events of an outcome share the octets.
    private static void AddDetails(List<byte[]> details, StoredHistoryEntry entry, List<HistoryEvent> events)
    {
        if (entry.Outcomes.Count == 0)
        {
            var whole = entry.Dsn?.ToByteArray() ?? entry.MessageEnvelope.ToByteArray();
            if (details.Count < events.Count) details.Add(whole);
            // Metadata of several kilobytes is kept once, and not for each of a thousand recipients.
            if (details.Count < events.Count && events[^1].Acceptance is { Metadata.Entries.Count: > 0 })
            {
                var envelope = StoredMessageEnvelope.Parser.ParseFrom(whole);
                envelope.Metadata.Clear();
                whole = envelope.ToByteArray();
            }

            while (details.Count < events.Count) details.Add(whole);
            return;
        }

        (HistoryEvent? last, byte[] octets) = (null, []);
        while (details.Count < events.Count)
        {
            var one = events[details.Count];
            if (last is null || !ReferenceEquals(one.Reply, last.Reply))
            {
                var reply = one.Reply is null ? new StoredHistoryReply() : HistoryEntries.Reply(one.Reply, one.RemoteHost);
                reply.Text = "";
                reply.Attempt = entry.Attempt;
                octets = reply.ToByteArray();
            }

            details.Add(octets);
            last = one;
        }
    }

    private static NpgsqlParameter<string?[]> Texts(IEnumerable<string?> texts) =>
        Column<string?>(NpgsqlDbType.Text, [.. texts.Select(StoredText.Clean)]);
}

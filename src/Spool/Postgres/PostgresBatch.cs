using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Storage;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// Runs the operations of a transaction: each kind of operation is a statement over arrays, and all statements are sent together. A
/// transaction on existing rows first locks their messages in the order of ids. If two nodes settle the last two parts of a message at the
/// same time, the second transaction therefore waits and then sees that its part is the last. The fixed order prevents deadlocks.
/// </summary>
internal sealed class PostgresBatch(NpgsqlConnection connection, NpgsqlTransaction transaction, PostgresOutcomes? outcomes)
{
    // In octets. A longer body in an array would be copied several times more, by the server and by this process, which would need it in a
    // single piece.
    private const int LargeBody = 32 << 10;

    private const string LockMessages = "SELECT id FROM message WHERE id = ANY ($1) ORDER BY id FOR UPDATE";

    // Deletes or updates the parts of the CTE report.
    private const string ChangeParts =
        """
        , done AS (
          DELETE FROM part USING report r
          WHERE part.message_id = r.message_id AND part.queue_key = r.queue_key AND part.reported < r.attempt AND r.final
          RETURNING r.place
        ), kept AS (
          UPDATE part SET reported = r.attempt FROM report r
          WHERE part.message_id = r.message_id AND part.queue_key = r.queue_key AND part.reported < r.attempt AND NOT r.final
          RETURNING r.place
        )
        """;

    private const string SettleParts =
        $"""
        WITH report AS MATERIALIZED (
          SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::boolean[])
            WITH ORDINALITY AS r (message_id, queue_key, attempt, final, place)
        )
        {ChangeParts}
        SELECT place FROM done UNION ALL SELECT place FROM kept
        """;

    // The same for settlements with notes for a later report.
    private const string SettlePartsAndNote =
        $"""
        WITH report AS MATERIALIZED (
          SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::boolean[], $5::bytea[], $6::timestamptz[])
            WITH ORDINALITY AS r (message_id, queue_key, attempt, final, note, noted_at, place)
        )
        {ChangeParts}
        , applied AS MATERIALIZED (
          SELECT place FROM done UNION ALL SELECT place FROM kept
        ), noted AS (
          INSERT INTO pending_report (message_id, noted_at, content)
          SELECT r.message_id, r.noted_at, r.note FROM report r JOIN applied a ON a.place = r.place WHERE r.note IS NOT NULL
        )
        SELECT place FROM applied
        """;

    // The result is the messages without parts that have notes: their reports are due.
    private const string DeleteMessages =
        """
        WITH gone AS (
          DELETE FROM message WHERE id = ANY ($1)
            AND NOT EXISTS (SELECT 1 FROM part WHERE part.message_id = message.id)
            AND NOT EXISTS (SELECT 1 FROM pending_report WHERE pending_report.message_id = message.id)
        )
        SELECT DISTINCT message_id FROM pending_report r
        WHERE message_id = ANY ($1) AND NOT EXISTS (SELECT 1 FROM part WHERE part.message_id = r.message_id)
        """;

    private const string MarkParts =
        """
        UPDATE part SET handed_off = true FROM unnest($1::uuid[], $2::text[]) AS m (message_id, queue_key)
        WHERE part.message_id = m.message_id AND part.queue_key = m.queue_key AND NOT part.handed_off
        """;

    // The same, returning the envelopes of the changed rows: they contain the addresses for the outcomes.
    private static readonly string SettlePartsForOutcomes = WithEnvelopes(SettleParts);

    private static readonly string SettlePartsAndNoteForOutcomes = WithEnvelopes(SettlePartsAndNote);

    private const string InsertMessages =
        """
        INSERT INTO message (id, accepted_at, envelope, body)
        SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::bytea[], $4::bytea[])
        """;

    private const string InsertMessage = "INSERT INTO message (id, accepted_at, envelope, body) VALUES ($1, $2, $3, $4)";

    private const string InsertParts =
        """
        INSERT INTO part (message_id, queue_key, accepted_at, recipients, envelope)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::integer[], $5::bytea[])
        """;

    /// <summary>Runs the operations of all kinds but captures.</summary>
    public async Task RunAsync(IReadOnlyList<WriteOperation> operations)
    {
        var settles = operations.OfType<SettleOperation>().ToList();
        var marks = operations.OfType<MarkOperation>().SelectMany(mark => mark.Parts).Distinct().ToList();
        var reports = operations.OfType<ReportOperation>().ToList();
        var ended = settles.Where(settle => settle.IsFinal).Select(settle => settle.Part.Message)
            .Concat(reports.Select(report => report.Message)).Distinct().ToList();
        var stores = operations.OfType<StoreOperation>().Select(store => store.Stored).ToList();
        List<RecordOperation>? records = outcomes is null ? null : [.. operations.OfType<RecordOperation>()];
        await using var batch = new NpgsqlBatch(connection, transaction);
        // Before the settlements, which delete the parts of the recorded events.
        if (records is { Count: > 0 }) PostgresOutcomes.Query(batch, records);
        if (settles.Count > 0 || marks.Count > 0 || reports.Count > 0) Lock(batch, settles, marks, reports);
        if (settles.Count > 0) Settle(batch, settles);
        if (marks.Count > 0) Mark(batch, marks);
        if (reports.Count > 0) PostgresReports.End(batch, reports);
        if (ended.Count > 0) Add(batch, DeleteMessages, Ids(ended));
        if (stores.Count > 0) Insert(batch, stores);
        if (batch.BatchCommands.Count == 0) return;
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            if (records is { Count: > 0 })
            {
                await outcomes!.ReadAsync(reader, records);
                await reader.NextResultAsync();
            }

            if (settles.Count > 0) await ReadAppliedAsync(reader, settles);
            if (reports.Count > 0) await ReadEndedAsync(reader, reports);
            if (ended.Count > 0) await ReadDueAsync(reader, settles);
            // The reader throws the error of a later statement only when it reaches the result of the statement.
            while (await reader.NextResultAsync())
            {
            }
        }

        await FollowAsync(
        [
            .. settles.Where(settle => settle.Applied).Select(settle => settle.Notification).OfType<EncodedMessage>(),
            .. reports.Where(report => report.Applied).Select(report => report.Notification).OfType<EncodedMessage>(),
        ]);
    }

    // The results of the first batch decide which notifications and outcomes are stored, so storing them takes a second round trip.
    // Notifications are rare.
    private async Task FollowAsync(List<EncodedMessage> notifications)
    {
        if (notifications.Count == 0 && outcomes is not { HasRows: true }) return;
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (notifications.Count > 0) Insert(batch, notifications);
        if (outcomes is { HasRows: true }) outcomes.Write(batch);
        await batch.ExecuteNonQueryAsync();
    }

    private static string WithEnvelopes(string sql) => sql
        .Replace("RETURNING r.place", "RETURNING r.place, part.envelope", StringComparison.Ordinal)
        .Replace("SELECT place FROM", "SELECT place, envelope FROM", StringComparison.Ordinal);

    private async Task ReadAppliedAsync(NpgsqlDataReader reader, List<SettleOperation> settles)
    {
        foreach (var settle in settles) settle.Applied = false;
        // The first result belongs to the lock.
        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            var settle = settles[(int)reader.GetInt64(0) - 1];
            settle.Applied = true;
            outcomes?.AddSettled(settle, reader.GetFieldValue<byte[]>(1));
        }
    }

    private static async Task ReadEndedAsync(NpgsqlDataReader reader, List<ReportOperation> reports)
    {
        foreach (var report in reports) report.Applied = false;
        await reader.NextResultAsync();
        while (await reader.ReadAsync()) reports[reader.GetInt32(0)].Applied = true;
    }

    private static async Task ReadDueAsync(NpgsqlDataReader reader, List<SettleOperation> settles)
    {
        HashSet<MessageId> due = [];
        await reader.NextResultAsync();
        while (await reader.ReadAsync()) due.Add(MessageId.FromGuid(reader.GetGuid(0)));
        foreach (var settle in settles) settle.IsReportDue = settle.IsFinal && due.Contains(settle.Part.Message);
    }

    private static void Lock(NpgsqlBatch batch, List<SettleOperation> settles, List<PartId> marks, List<ReportOperation> reports) => Add(
        batch,
        LockMessages,
        Ids(settles.Select(settle => settle.Part.Message).Concat(marks.Select(part => part.Message))
            .Concat(reports.Select(report => report.Message)).Distinct()));

    private void Settle(NpgsqlBatch batch, List<SettleOperation> settles)
    {
        var (ids, queues) = (Ids(settles.Select(settle => settle.Part.Message)), Texts(settles.Select(settle => settle.Part.Queue)));
        var (attempts, finals) = (Numbers(settles.Select(settle => settle.Attempt)), Flags(settles.Select(settle => settle.IsFinal)));
        if (settles.TrueForAll(settle => settle.Note is null))
        {
            Add(batch, outcomes is null ? SettleParts : SettlePartsForOutcomes, ids, queues, attempts, finals);
            return;
        }

        Add(
            batch, outcomes is null ? SettlePartsAndNote : SettlePartsAndNoteForOutcomes, ids, queues, attempts, finals,
            Column<byte[]?>(NpgsqlDbType.Bytea, [.. settles.Select(settle => settle.Note)]),
            Times(settles.Select(settle => settle.NotedAt)));
    }

    private static void Mark(NpgsqlBatch batch, List<PartId> marks) =>
        Add(batch, MarkParts, Ids(marks.Select(part => part.Message)), Texts(marks.Select(part => part.Queue)));

    private static void Insert(NpgsqlBatch batch, List<EncodedMessage> messages)
    {
        var small = messages.Where(message => message.Content.Length <= LargeBody).ToList();
        if (small.Count > 0)
        {
            Add(
                batch,
                InsertMessages,
                Ids(small.Select(message => message.Id)),
                Times(small.Select(message => message.AcceptedAt)),
                Bytes(small.Select(message => message.Envelope)),
                Bodies(small));
        }

        foreach (var large in messages.Where(message => message.Content.Length > LargeBody))
        {
            Add(
                batch,
                InsertMessage,
                Value(large.Id.ToGuid()),
                Value(large.AcceptedAt.UtcDateTime),
                Value(large.Envelope),
                Value<Stream>(new ContentStream(large.Content.Octets)));
        }

        var parts = messages.SelectMany(message => message.Parts.Select(part => (message.AcceptedAt, Part: part))).ToList();
        Add(
            batch,
            InsertParts,
            Ids(parts.Select(row => row.Part.Id.Message)),
            Texts(parts.Select(row => row.Part.Id.Queue)),
            Times(parts.Select(row => row.AcceptedAt)),
            Numbers(parts.Select(row => row.Part.Recipients)),
            Bytes(parts.Select(row => row.Part.Envelope)));
    }
}

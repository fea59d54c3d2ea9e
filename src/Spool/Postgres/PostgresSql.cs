namespace Postfleet.Spool.Postgres;

/// <summary>The texts of the statements of <see cref="PostgresBatch"/>.</summary>
internal static class PostgresSql
{
    /// <summary>Locks messages in the order of ids.</summary>
    public const string LockMessages = "SELECT id FROM message WHERE id = ANY ($1) ORDER BY id FOR UPDATE";

    /// <summary>The same, with the senders for the outcomes.</summary>
    public const string LockMessagesForOutcomes = "SELECT id, envelope FROM message WHERE id = ANY ($1) ORDER BY id FOR UPDATE";

    /// <summary>The number in the part's row keeps a repeated event out of the history.</summary>
    public const string RecordParts =
        """
        UPDATE part SET recorded = r.number
        FROM unnest($1::uuid[], $2::text[], $3::integer[]) WITH ORDINALITY AS r (message_id, queue_key, number, place)
        WHERE part.message_id = r.message_id AND part.queue_key = r.queue_key AND part.recorded < r.number
        RETURNING r.place, part.envelope
        """;

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

    public const string SettleParts =
        $"""
        WITH report AS MATERIALIZED (
          SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::boolean[])
            WITH ORDINALITY AS r (message_id, queue_key, attempt, final, place)
        )
        {ChangeParts}
        SELECT place FROM done UNION ALL SELECT place FROM kept
        """;

    // The same for settlements with notes for a later report.
    public const string SettlePartsAndNote =
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

    // The result is the messages with notes and without parts: their reports are due.
    public const string DeleteMessages =
        """
        WITH gone AS (
          DELETE FROM message WHERE id = ANY ($1)
            AND NOT EXISTS (SELECT 1 FROM part WHERE part.message_id = message.id)
            AND NOT EXISTS (SELECT 1 FROM pending_report WHERE pending_report.message_id = message.id)
        )
        SELECT DISTINCT message_id FROM pending_report r
        WHERE message_id = ANY ($1) AND NOT EXISTS (SELECT 1 FROM part WHERE part.message_id = r.message_id)
        """;

    /// <summary>A mark of any number of moves has a negative number.</summary>
    public const string MarkParts =
        """
        UPDATE part SET handed_off = true FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS m (message_id, queue_key, moves)
        WHERE part.message_id = m.message_id AND part.queue_key = m.queue_key AND (part.moves = m.moves OR m.moves < 0)
          AND NOT part.handed_off
        """;

    /// <summary>Replaces rows of parts by rows of other queues.</summary>
    public const string MoveParts =
        """
        WITH report AS MATERIALIZED (
          SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::integer[], $6::bytea[])
            WITH ORDINALITY AS r (message_id, queue_key, attempt, target, moves, moved, place)
        ), gone AS (
          DELETE FROM part USING report r
          WHERE part.message_id = r.message_id AND part.queue_key = r.queue_key AND part.reported < r.attempt
          RETURNING r.place, r.target, r.attempt, r.moves, r.moved,
            part.message_id, part.accepted_at, part.recipients, part.envelope, part.send_after, part.priority, part.deliver_by_mode,
            part.deliver_within
        ), added AS (
          INSERT INTO part (
            message_id, queue_key, accepted_at, recipients, reported, envelope, recorded, send_after, moves, moved, priority,
            deliver_by_mode, deliver_within)
          SELECT message_id, target, accepted_at, recipients, attempt, envelope, attempt, send_after, moves, moved, priority,
            deliver_by_mode, deliver_within
          FROM gone
        )
        SELECT place, envelope FROM gone
        """;

    // The same, with the addresses for the outcomes from the changed rows.
    public static readonly string SettlePartsForOutcomes = WithEnvelopes(SettleParts);

    public static readonly string SettlePartsAndNoteForOutcomes = WithEnvelopes(SettlePartsAndNote);

    public const string InsertMessages =
        """
        INSERT INTO message (id, accepted_at, envelope, body)
        SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::bytea[], $4::bytea[])
        """;

    public const string InsertMessage = "INSERT INTO message (id, accepted_at, envelope, body) VALUES ($1, $2, $3, $4)";

    public const string InsertParts =
        """
        INSERT INTO part (
          message_id, queue_key, accepted_at, recipients, envelope, send_after, priority, deliver_by_mode, deliver_within)
        SELECT * FROM unnest(
          $1::uuid[], $2::text[], $3::timestamptz[], $4::integer[], $5::bytea[], $6::integer[], $7::integer[], $8::integer[], $9::integer[])
        """;

    private static string WithEnvelopes(string sql) => sql
        .Replace("RETURNING r.place", "RETURNING r.place, part.envelope", StringComparison.Ordinal)
        .Replace("SELECT place FROM", "SELECT place, envelope FROM", StringComparison.Ordinal);
}

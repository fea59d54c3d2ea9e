using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>The notes for reports: the queries, and their deletion in a transaction.</summary>
internal static class PostgresReports
{
    private const string MessageOf = "SELECT accepted_at, envelope, substring(body FROM 1 FOR $2) FROM message WHERE id = $1";

    private const string NotesOf = "SELECT id, content FROM pending_report WHERE message_id = $1 ORDER BY id";

    private const string Due = "SELECT id, message_id FROM pending_report WHERE id > $1 AND noted_at < $2 ORDER BY id LIMIT $3";

    // The transaction has locked the message, so the second of two operations with the same rows finds none of them.
    private const string EndReports =
        """
        WITH wanted AS MATERIALIZED (
          SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::integer[]) AS w (id, message_id, place)
        ), complete AS MATERIALIZED (
          SELECT w.place FROM wanted w LEFT JOIN pending_report r ON r.id = w.id AND r.message_id = w.message_id
          GROUP BY w.place HAVING count(*) = count(r.id)
        ), gone AS (
          DELETE FROM pending_report r USING wanted w WHERE w.place = ANY (ARRAY (SELECT place FROM complete)) AND r.id = w.id
        )
        SELECT place FROM complete
        """;

    private const string InsertNotes =
        """
        INSERT INTO pending_report (message_id, noted_at, content)
        SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::bytea[])
        """;

    /// <summary>Adds the statement that stores the notes of new messages, if there are any.</summary>
    public static void Note(NpgsqlBatch batch, List<EncodedMessage> messages)
    {
        var noted = messages.Where(message => message.Note is not null).ToList();
        if (noted.Count == 0) return;
        Add(
            batch, InsertNotes, Ids(noted.Select(message => message.Id)), Times(noted.Select(message => message.AcceptedAt)),
            Bytes(noted.Select(message => message.Note!)));
    }

    /// <summary>Reads the message before its notes: the row of the message exists as long as a note does.</summary>
    public static async Task<ReportRows?> ReadAsync(
        NpgsqlConnection connection, MessageId message, int maxContent, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, MessageOf, Value(message.ToGuid()), Value(maxContent));
        Add(batch, NotesOf, Value(message.ToGuid()));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var rows = await reader.ReadAsync(cancellationToken)
            ? new ReportRows(
                new DateTimeOffset(reader.GetDateTime(0)), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2), [])
            : new ReportRows(null, null, null, []);
        await reader.NextResultAsync(cancellationToken);
        List<NoteRow> notes = [];
        while (await reader.ReadAsync(cancellationToken)) notes.Add(new NoteRow(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)));
        return notes.Count == 0 ? null : rows with { Notes = notes };
    }

    public static async Task<IReadOnlyList<DueReport>> FindDueAsync(
        NpgsqlConnection connection, DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Due, connection);
        command.Parameters.Add(Value(after));
        command.Parameters.Add(Value(notedBefore.UtcDateTime));
        command.Parameters.Add(Value(limit));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<DueReport> due = [];
        while (await reader.ReadAsync(cancellationToken)) due.Add(new DueReport(reader.GetInt64(0), MessageId.FromGuid(reader.GetGuid(1))));
        return due;
    }

    /// <summary>Adds the statement to complete reports. Its result is the positions of the reports whose rows all existed.</summary>
    public static void End(NpgsqlBatch batch, List<ReportOperation> reports)
    {
        var rows = reports.SelectMany((report, place) => report.Rows.Select(id => (id, report.Message, place))).ToList();
        Add(
            batch, EndReports, Column<long>(NpgsqlDbType.Bigint, [.. rows.Select(row => row.id)]), Ids(rows.Select(row => row.Message)),
            Numbers(rows.Select(row => row.place)));
    }
}

using Npgsql;
using Postfleet.Spool.Commit;
using static Postfleet.Spool.Postgres.PostgresColumns;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// Collects the outcome rows of one transaction while its results are read, for the writer. Without a writer nothing is read or collected.
/// </summary>
internal sealed class PostgresOutcomes(IPostgresOutcomeWriter writer)
{
    private const string EnvelopesOf =
        """
        SELECT r.place, part.envelope FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r (message_id, queue_key, place)
        JOIN part ON part.message_id = r.message_id AND part.queue_key = r.queue_key
        """;

    private readonly List<OutcomeRow> _rows = [];

    /// <summary>
    /// Adds the query for the envelopes of the parts of recorded events. The events of parts without a row are dropped.
    /// </summary>
    public static void Query(NpgsqlBatch batch, IReadOnlyList<RecordOperation> records) => Add(
        batch, EnvelopesOf, Ids(records.Select(record => record.Part.Message)), Texts(records.Select(record => record.Part.Queue)));

    /// <summary>Reads the result of <see cref="Query"/>.</summary>
    public async Task ReadAsync(NpgsqlDataReader reader, IReadOnlyList<RecordOperation> records)
    {
        while (await reader.ReadAsync())
        {
            var record = records[(int)reader.GetInt64(0) - 1];
            OutcomeRow.Add(_rows, record.Part, record.Number, record.Outcomes, reader.GetFieldValue<byte[]>(1));
        }
    }

    /// <summary>Adds the outcomes of an applied settlement, with the envelope of its part.</summary>
    public void AddSettled(SettleOperation settle, byte[] envelope)
    {
        if (settle.Outcomes is { } outcomes) OutcomeRow.Add(_rows, settle.Part, settle.Attempt, outcomes, envelope);
    }

    /// <summary>Whether there are rows to write.</summary>
    public bool HasRows => _rows.Count > 0;

    /// <summary>Adds the writer's statements.</summary>
    public void Write(NpgsqlBatch batch) => writer.Add(batch, _rows);
}

using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Storage;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Spool.Postgres.PostgresSql;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// Runs the operations of a transaction: each kind of operation is a statement over arrays, and all statements are sent together. A
/// transaction on existing rows first locks their messages in the order of ids. If two nodes settle the last two parts of a message at the
/// same time, the second transaction therefore waits and then finds its part to be the last. The fixed order prevents deadlocks.
/// </summary>
internal sealed class PostgresBatch(NpgsqlConnection connection, NpgsqlTransaction transaction, PostgresOutcomes? outcomes)
{
    // In octets. A longer body in an array would be copied several times more, by the server and by this process, which would need it in a
    // single piece.
    private const int LargeBody = 32 << 10;

    /// <summary>Runs the operations of all kinds but captures.</summary>
    public async Task RunAsync(IReadOnlyList<WriteOperation> operations)
    {
        var keyed = operations.OfType<StoreOperation>().Where(store => store.Key is not null).ToList();
        if (keyed.Count > 0) await PostgresKeys.ClaimAsync(connection, transaction, keyed);
        var settles = operations.OfType<SettleOperation>().Where(settle => settle.Move is null).ToList();
        var moves = operations.OfType<SettleOperation>().Where(settle => settle.Move is not null).ToList();
        var marks = operations.OfType<MarkOperation>().SelectMany(mark => mark.Parts).Distinct().ToList();
        var reports = operations.OfType<ReportOperation>().ToList();
        var ended = settles.Where(settle => settle.IsFinal).Select(settle => settle.Part.Message)
            .Concat(reports.Select(report => report.Message)).Distinct().ToList();
        var stores = operations.OfType<StoreOperation>().Where(store => store.Repeated is null).Select(store => store.Stored).ToList();
        List<RecordOperation> records = outcomes is null ? [] : [.. operations.OfType<RecordOperation>()];
        await using var batch = new NpgsqlBatch(connection, transaction);
        Lock(
            batch,
            [
                .. settles.Select(settle => settle.Part.Message), .. marks.Select(mark => mark.Part.Message),
                .. moves.Select(move => move.Part.Message), .. reports.Select(report => report.Message),
                .. records.Select(record => record.Part.Message),
            ]);
        // Before the settlements: an event of a part comes before the part's end.
        if (records.Count > 0) PostgresOutcomes.Record(batch, records);
        if (settles.Count > 0) Settle(batch, settles);
        if (moves.Count > 0) Move(batch, moves);
        if (marks.Count > 0) Mark(batch, marks);
        if (reports.Count > 0) PostgresReports.End(batch, reports);
        if (ended.Count > 0) Add(batch, DeleteMessages, Ids(ended));
        if (stores.Count > 0) Insert(batch, stores);
        // With settlements or records there is a second trip, which takes all entries with it.
        if (settles.Count + moves.Count + records.Count == 0) outcomes?.Write(batch);
        if (batch.BatchCommands.Count == 0) return;
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            if (outcomes is not null && settles.Count + moves.Count + records.Count + reports.Count > 0)
                await outcomes.ReadEnvelopesAsync(reader);
            if (records.Count > 0) await outcomes!.ReadAsync(reader, records);
            if (settles.Count > 0) await ReadAppliedAsync(reader, settles);
            if (moves.Count > 0) await ReadAppliedAsync(reader, moves);
            if (reports.Count > 0) await ReadEndedAsync(reader, reports);
            if (ended.Count > 0) await ReadDueAsync(reader, settles);
            // The reader throws the error of a later statement only when it reaches the result of the statement.
            while (await reader.NextResultAsync())
            {
            }
        }

        foreach (var settle in settles.Where(settle => settle.Applied)) outcomes?.AddNotified(settle);
        foreach (var report in reports.Where(report => report.Applied)) outcomes?.AddNotified(report);
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
        if (notifications.Count == 0 && outcomes is not { HasEntries: true }) return;
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (notifications.Count > 0) Insert(batch, notifications);
        outcomes?.Write(batch);
        await batch.ExecuteNonQueryAsync();
    }

    private async Task ReadAppliedAsync(NpgsqlDataReader reader, List<SettleOperation> settles)
    {
        foreach (var settle in settles) settle.Applied = false;
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

    private void Lock(NpgsqlBatch batch, IReadOnlyCollection<MessageId> messages)
    {
        if (messages.Count > 0) Add(batch, outcomes is null ? LockMessages : LockMessagesForOutcomes, Ids(messages.Distinct()));
    }

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

    private static void Move(NpgsqlBatch batch, List<SettleOperation> moves) => Add(
        batch, MoveParts, Ids(moves.Select(move => move.Part.Message)), Texts(moves.Select(move => move.Part.Queue)),
        Numbers(moves.Select(move => move.Attempt)), Texts(moves.Select(move => move.Move!.Value.To)),
        Numbers(moves.Select(move => move.Move!.Value.Moves)), Bytes(moves.Select(move => move.Move!.Value.State)));

    private static void Mark(NpgsqlBatch batch, List<PartMark> marks) => Add(
        batch, MarkParts, Ids(marks.Select(mark => mark.Part.Message)), Texts(marks.Select(mark => mark.Part.Queue)),
        Numbers(marks.Select(mark => mark.Moves)));

    private void Insert(NpgsqlBatch batch, List<EncodedMessage> messages)
    {
        outcomes?.AddStored(messages);
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

        var parts = messages.SelectMany(message => message.Parts.Select(part => (Message: message, Part: part))).ToList();
        var queued = parts.Select(row => default(QueuedPart).With(row.Message.Source.Envelope)).ToList();
        Add(
            batch,
            InsertParts,
            Ids(parts.Select(row => row.Part.Id.Message)),
            Texts(parts.Select(row => row.Part.Id.Queue)),
            Times(parts.Select(row => row.Message.AcceptedAt)),
            Numbers(parts.Select(row => row.Part.Recipients)),
            Bytes(parts.Select(row => row.Part.Envelope)),
            Numbers(queued.Select(part => part.SendAfter)),
            Numbers(queued.Select(part => part.Priority)),
            Numbers(queued.Select(part => (int)part.DeliverByMode)),
            Numbers(queued.Select(part => part.DeliverWithin)));
        PostgresReports.Note(batch, messages);
    }
}

using System.Collections.Concurrent;
using Npgsql;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage;
using Postfleet.Storage;
using Postfleet.Storage.Postgres;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// Reads parts. Requests made while earlier reads run share the next statement: a delivery node reads the mail accepted by other
/// nodes, and a statement for each part costs both sides more than the rest of reading. No timer: a single read starts at once.
/// Thread-safe.
/// </summary>
/// <param name="readers">Runs the statements.</param>
/// <param name="most">The most statements at a time.</param>
internal sealed class PostgresPartReader(PostgresReaders readers, int most)
{
    /// <summary>The most parts in a statement.</summary>
    public const int BatchParts = 64;

    /// <summary>The longest body read together with others, in octets: it keeps a batch below 4 MiB.</summary>
    public const int BatchContent = 64 << 10;

    private const string One =
        """
        SELECT p.accepted_at, p.envelope, m.envelope, m.body
        FROM part p LEFT JOIN message m ON m.id = p.message_id
        WHERE p.message_id = $1 AND p.queue_key = $2
        """;

    private const string Head =
        """
        SELECT p.accepted_at, p.envelope, m.envelope, substring(m.body FROM 1 FOR $3),
               NOT EXISTS (SELECT 1 FROM part o WHERE o.message_id = $1 AND o.queue_key <> $2)
               AND NOT EXISTS (SELECT 1 FROM pending_report r WHERE r.message_id = $1)
        FROM part p LEFT JOIN message m ON m.id = p.message_id
        WHERE p.message_id = $1 AND p.queue_key = $2
        """;

    // PostgreSQL knows the length of a body without reading the body.
    private const string Many =
        """
        SELECT p.accepted_at, p.envelope, m.envelope, CASE WHEN octet_length(m.body) <= $3 THEN m.body END, r.place,
               octet_length(m.body) > $3
        FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r (message_id, queue_key, place)
        JOIN part p ON p.message_id = r.message_id AND p.queue_key = r.queue_key
        LEFT JOIN message m ON m.id = p.message_id
        """;

    private readonly ConcurrentQueue<Request> _waiting = new();
    private int _running;

    /// <summary>Reads the rows of a part with all of its content; null when the part is missing.</summary>
    /// <exception cref="NpgsqlException">The server does not answer, or refuses.</exception>
    public Task<PartRow?> ReadAsync(PartId part, CancellationToken cancellationToken)
    {
        var request = new Request(part, cancellationToken);
        _waiting.Enqueue(request);
        StartReading();
        return request.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Reads the rows of a part with at most <paramref name="maxContent"/> octets of content, and whether nothing else of the message is
    /// left; null when the part is missing.
    /// </summary>
    public async Task<PartRow?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) =>
        await readers.RunAsync(connection => ReadHeadAsync(connection, part, maxContent, cancellationToken), cancellationToken);

    private void StartReading()
    {
        while (!_waiting.IsEmpty)
        {
            var running = Volatile.Read(ref _running);
            if (running >= most) return;
            if (Interlocked.CompareExchange(ref _running, running + 1, running) != running) continue;
            _ = ReadWaitingAsync();
            return;
        }
    }

    private async Task ReadWaitingAsync()
    {
        List<Request> batch = [];
        while (Collect(batch)) await ReadAsync(batch);
        Interlocked.Decrement(ref _running);
        // A request may have come after the last check, when all places were still taken.
        StartReading();
    }

    private bool Collect(List<Request> batch)
    {
        batch.Clear();
        while (batch.Count < BatchParts && _waiting.TryDequeue(out var request))
            if (!request.Task.IsCompleted) batch.Add(request);
        return batch.Count > 0;
    }

    // Never throws: each failure goes to the waiting callers.
    private async Task ReadAsync(List<Request> batch)
    {
        var alone = batch;
        if (batch.Count > 1)
        {
            try
            {
                alone = await readers.RunAsync(connection => ReadManyAsync(connection, batch), CancellationToken.None);
            }
            catch (Exception e) when (PostgresFault.Judge(e) == FailureKind.Storage)
            {
                foreach (var request in batch) request.Fail(e);
                return;
            }
            catch (Exception)
            {
                // An unreadable row must not fail the other requests of the batch. Each request gets its own failure below.
            }
        }

        foreach (var request in alone) await ReadAloneAsync(request);
    }

    private async Task ReadAloneAsync(Request request)
    {
        try
        {
            request.TrySetResult(
                await readers.RunAsync(connection => ReadOneAsync(connection, request.Part, request.Cancelled), request.Cancelled));
        }
        catch (Exception e)
        {
            request.Fail(e);
        }
    }

    // Returns the requests whose bodies are too long for a batch.
    private static async Task<List<Request>> ReadManyAsync(NpgsqlConnection connection, List<Request> batch)
    {
        await using var command = new NpgsqlCommand(Many, connection);
        command.Parameters.Add(Ids(batch.Select(request => request.Part.Message)));
        command.Parameters.Add(Texts(batch.Select(request => request.Part.Queue)));
        command.Parameters.Add(Value(BatchContent));
        await using var reader = await command.ExecuteReaderAsync();
        List<Request> large = [];
        var found = new PartRow?[batch.Count];
        while (await reader.ReadAsync())
        {
            var place = (int)reader.GetInt64(4) - 1;
            if (!reader.IsDBNull(5) && reader.GetBoolean(5)) large.Add(batch[place]);
            else found[place] = Row(reader);
        }

        for (var i = 0; i < found.Length; i++)
            if (!large.Contains(batch[i])) batch[i].TrySetResult(found[i]);
        return large;
    }

    private static async Task<PartRow?> ReadOneAsync(NpgsqlConnection connection, PartId part, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(One, connection);
        command.Parameters.Add(Value(part.Message.ToGuid()));
        command.Parameters.Add(Value(part.Queue.Value));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Row(reader) : null;
    }

    private static async Task<PartRow?> ReadHeadAsync(
        NpgsqlConnection connection, PartId part, int maxContent, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Head, connection);
        command.Parameters.Add(Value(part.Message.ToGuid()));
        command.Parameters.Add(Value(part.Queue.Value));
        command.Parameters.Add(Value(maxContent));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Row(reader) with { IsAlone = reader.GetBoolean(4) } : null;
    }

    private static PartRow Row(NpgsqlDataReader reader) => new(
        new DateTimeOffset(reader.GetDateTime(0)),
        reader.GetFieldValue<byte[]>(1),
        reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2),
        reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3));

    private sealed class Request(PartId part, CancellationToken cancelled)
        : TaskCompletionSource<PartRow?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public PartId Part => part;

        public CancellationToken Cancelled => cancelled;

        public Task<PartRow?> WaitAsync(CancellationToken cancellationToken) => Task.WaitAsync(cancellationToken);

        public void Fail(Exception e)
        {
            if (e is OperationCanceledException) TrySetCanceled(cancelled);
            else TrySetException(e);
        }
    }
}

using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>The idempotency keys of the shared spool. The lanes of the group commit call it, side by side on all nodes.</summary>
internal static class PostgresKeys
{
    // Transactions take keys in one order, and before all other locks: they never wait for each other in a circle. The statement waits
    // for a transaction with the same key on another node; a transaction of a frozen node is ended by the server. The row of an expired
    // key is replaced.
    private const string Claim =
        """
        INSERT INTO idempotency (owner, key, hash, message_id, accepted_at)
        SELECT k.owner, k.key, k.hash, k.message_id, k.accepted_at
        FROM unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[], $5::timestamptz[]) AS k (owner, key, hash, message_id, accepted_at)
        ORDER BY k.owner COLLATE "C", k.key COLLATE "C"
        ON CONFLICT (owner, key) DO UPDATE
        SET hash = excluded.hash, message_id = excluded.message_id, accepted_at = excluded.accepted_at
        WHERE idempotency.accepted_at <= excluded.accepted_at - $6
        """;

    // A statement of its own: its snapshot has the row that the first statement has waited for.
    private const string Owners =
        """
        SELECT k.place, i.hash, i.message_id
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (owner, key, place)
        JOIN idempotency i ON i.owner = k.owner AND i.key = k.key
        """;

    // Rows that a transaction holds are left to the next sweep.
    private const string DeleteOld =
        """
        DELETE FROM idempotency WHERE ctid = ANY (ARRAY (
          SELECT ctid FROM idempotency WHERE accepted_at < $1 ORDER BY accepted_at LIMIT $2 FOR UPDATE SKIP LOCKED))
        """;

    /// <summary>
    /// Writes the keys of messages, in the open transaction, and sets the result of the messages whose key an earlier message has: a stored
    /// message, or one before it in the list.
    /// </summary>
    public static async Task ClaimAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, List<StoreOperation> stores)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        // A statement cannot write a row twice.
        var first = stores.DistinctBy(store => (store.Key!.Owner, store.Key.Key)).ToList();
        Add(
            batch,
            Claim,
            Texts(first.Select(store => store.Key!.Owner)),
            Texts(first.Select(store => store.Key!.Key)),
            Bytes(first.Select(store => store.Key!.Hash.ToArray())),
            Ids(first.Select(store => store.Message)),
            Times(first.Select(store => store.Stored.AcceptedAt)),
            Value(IdempotencyKey.Lifetime));
        Add(batch, Owners, Texts(stores.Select(store => store.Key!.Owner)), Texts(stores.Select(store => store.Key!.Key)));
        await using var reader = await batch.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var store = stores[(int)reader.GetInt64(0) - 1];
            var message = MessageId.FromGuid(reader.GetGuid(2));
            store.Repeated = message == store.Message ? null : store.Key!.Repeated(reader.GetFieldValue<byte[]>(1), message);
        }
    }

    /// <summary>See <see cref="IStorage.SweepKeysAsync"/>.</summary>
    public static async Task<int> SweepAsync(
        NpgsqlConnection connection, DateTimeOffset acceptedBefore, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(DeleteOld, connection);
        command.Parameters.Add(Value(acceptedBefore.UtcDateTime));
        command.Parameters.Add(Value(limit));
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter<string[]> Texts(IEnumerable<string> texts) => Column<string>(NpgsqlDbType.Text, [.. texts]);
}

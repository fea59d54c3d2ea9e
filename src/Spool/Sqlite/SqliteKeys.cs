using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>The idempotency keys of the embedded spool, on the writer's connection and thread.</summary>
internal static class SqliteKeys
{
    /// <summary>Writes the key of a message, in the open transaction. The row of an expired key is replaced.</summary>
    /// <returns>Null where the message has the key now; the result for the message where an earlier message has the key.</returns>
    public static StoreResult? TryClaim(SqliteSession session, IdempotencyKey key, EncodedMessage message)
    {
        var claimed = session.Prepare(
                """
                INSERT INTO idempotency (owner, key, hash, message_id, accepted_at) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (owner, key) DO UPDATE
                SET hash = excluded.hash, message_id = excluded.message_id, accepted_at = excluded.accepted_at
                WHERE accepted_at <= ?6
                """)
            .Bind(1, key.Owner)
            .Bind(2, key.Key)
            .Bind(3, key.Hash.ToArray())
            .Bind(4, message.Id)
            .Bind(5, StoredTime.ToMicroseconds(message.AcceptedAt))
            .Bind(6, StoredTime.ToMicroseconds(message.AcceptedAt - IdempotencyKey.Lifetime))
            .Run();
        return claimed == 1 ? null : Read(session, key);
    }

    /// <summary>See <see cref="Commit.IStorage.SweepKeysAsync"/>.</summary>
    public static int Sweep(SqliteSession session, DateTimeOffset acceptedBefore, int limit) => session.Prepare(
            """
            DELETE FROM idempotency WHERE (owner, key) IN
              (SELECT owner, key FROM idempotency WHERE accepted_at < ?1 ORDER BY accepted_at LIMIT ?2)
            """)
        .Bind(1, StoredTime.ToMicroseconds(acceptedBefore))
        .Bind(2, limit)
        .Run();

    private static StoreResult Read(SqliteSession session, IdempotencyKey key)
    {
        var select = session.Prepare("SELECT hash, message_id FROM idempotency WHERE owner = ?1 AND key = ?2")
            .Bind(1, key.Owner)
            .Bind(2, key.Key);
        try
        {
            if (!select.Step()) throw new InvalidOperationException("the row of an idempotency key is gone within its transaction");
            return key.Repeated(select.GetBlob(0), MessageId.FromBytes(select.GetBlob(1)));
        }
        finally
        {
            select.Reset();
        }
    }
}

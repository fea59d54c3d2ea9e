namespace Postfleet.Spool.Postgres;

/// <summary>
/// The statements of <see cref="PostgresGreylist"/>: the rules of <see cref="Core.Greylisting.GreylistRow"/> by the clock of the server.
/// </summary>
internal static class PostgresGreylistText
{
    /// <summary>
    /// What greylisting has seen: triplets, and networks with sender domains, by hashes. Times are in microseconds since 1970.
    /// </summary>
    public const string Table =
        """
        CREATE TABLE greylist (
          key    uuid NOT NULL PRIMARY KEY,
          first  bigint NOT NULL,
          last   bigint NOT NULL,
          passes bigint NOT NULL
        );
        CREATE INDEX greylist_unproved ON greylist (first) WHERE passes = 0;
        CREATE INDEX greylist_proved ON greylist (last) WHERE passes > 0;
        """;

    /// <summary>
    /// Judges triplets and writes what has changed. Nodes may judge a triplet at the same time: a row that exists by then keeps its first
    /// time, unless it is over, and passes are added up. Rows are written in the order of their keys, so that nodes never wait for each
    /// other in a circle. The parameters are keys, keys of senders, and the rules in microseconds: delay, window, life, proofs, and the
    /// time after which a known row is written again. The columns are place, state and wait.
    /// </summary>
    public const string Meet =
        """
        WITH clock AS MATERIALIZED (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us),
        asked AS MATERIALIZED (
          SELECT a.place, a.key, a.sender, c.us, t.first, t.last, t.passes, s.last AS sender_last, s.passes AS sender_passes,
                 (t.key IS NULL OR CASE WHEN t.passes = 0 THEN c.us - t.first >= $4 ELSE c.us - t.last >= $5 END) AS is_new,
                 coalesce($6 > 0 AND s.passes >= $6 AND c.us - s.last < $5, false) AS is_proved_sender
          FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS a (key, sender, place) CROSS JOIN clock c
          -- By the key for each triplet. As a plain join, it would read the whole table while the server has no statistics of it.
          LEFT JOIN LATERAL (SELECT key, first, last, passes FROM greylist WHERE key = a.key LIMIT 1) t ON true
          LEFT JOIN LATERAL (SELECT last, passes FROM greylist WHERE key = a.sender LIMIT 1) s ON true),
        judged AS MATERIALIZED (
          SELECT *, CASE
            WHEN is_proved_sender THEN 4
            WHEN is_new THEN 0
            WHEN passes > 0 THEN 3
            WHEN first + $3 - us > 0 THEN 1
            ELSE 2 END AS state
          FROM asked),
        changes AS (
          SELECT key, 0::bigint AS added FROM judged WHERE state = 0
          UNION ALL SELECT key, 1 FROM judged WHERE state = 2
          UNION ALL SELECT sender, count(*) FROM judged WHERE state = 2 GROUP BY sender
          UNION ALL SELECT key, 0 FROM judged WHERE state >= 3 AND passes > 0 AND us - last >= $7
          UNION ALL SELECT sender, 0 FROM judged WHERE state >= 3 AND sender_passes > 0 AND us - sender_last >= $7
            AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.state = 2 AND j.sender = judged.sender) GROUP BY sender),
        written AS (
          INSERT INTO greylist AS g (key, first, last, passes)
          SELECT n.key, c.us, c.us, n.added FROM changes n CROSS JOIN clock c ORDER BY n.key
          ON CONFLICT (key) DO UPDATE SET
            first = CASE WHEN CASE WHEN g.passes = 0 THEN excluded.last - g.first >= $4 ELSE excluded.last - g.last >= $5 END
              THEN excluded.first ELSE g.first END,
            passes = CASE WHEN CASE WHEN g.passes = 0 THEN excluded.last - g.first >= $4 ELSE excluded.last - g.last >= $5 END
              THEN excluded.passes ELSE g.passes + excluded.passes END,
            last = excluded.last)
        SELECT place, state, CASE state WHEN 0 THEN $3 WHEN 1 THEN least(first + $3 - us, $3) ELSE 0 END FROM judged ORDER BY place
        """;

    /// <summary>Deletes known rows without mail for long; the column is their number.</summary>
    public const string SweepProved =
        """
        WITH gone AS (
          DELETE FROM greylist WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM greylist WHERE passes > 0 AND last < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $1
            ORDER BY last LIMIT $2 FOR UPDATE SKIP LOCKED))
          RETURNING 1)
        SELECT count(*) FROM gone
        """;

    /// <summary>
    /// Deletes triplets that have not come back, and the oldest of them where there are too many; the column is their number.
    /// </summary>
    public const string SweepUnproved =
        """
        WITH from_here AS MATERIALIZED (
          SELECT greatest(
            (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $1,
            (SELECT first + 1 FROM greylist WHERE passes = 0 ORDER BY first DESC OFFSET $3 LIMIT 1)) AS first),
        gone AS (
          DELETE FROM greylist WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM greylist WHERE passes = 0 AND first < (SELECT first FROM from_here)
            ORDER BY first LIMIT $2 FOR UPDATE SKIP LOCKED))
          RETURNING 1)
        SELECT count(*) FROM gone
        """;
}

namespace Postfleet.Spool.Postgres;

/// <summary>
/// The statements of <see cref="PostgresGreylist"/>: the rules of <see cref="Core.Greylisting.GreylistRow"/> by the clock of the server.
/// </summary>
internal static class PostgresGreylistText
{
    /// <summary>
    /// What greylisting has seen: triplets, and networks with sender domains, by hashes. Times are in microseconds since 1970. The column
    /// <c>network</c> bounds the triplets of a network that have not come back.
    /// </summary>
    public const string Table =
        """
        CREATE TABLE greylist (
          key    uuid NOT NULL PRIMARY KEY,
          first  bigint NOT NULL,
          last   bigint NOT NULL,
          passes bigint NOT NULL,
          network bigint NOT NULL
        );
        CREATE INDEX greylist_unproved ON greylist (first) WHERE passes = 0;
        CREATE INDEX greylist_network ON greylist (network, first) WHERE passes = 0;
        CREATE INDEX greylist_proved ON greylist (last) WHERE passes > 0;
        """;

    /// <summary>
    /// Judges triplets and writes what has changed. Nodes may judge a triplet at the same time: a row that exists by then keeps its first
    /// time, unless it is over, and passes are added up. Rows are written in the order of their keys, so that nodes never wait for each
    /// other in a circle. The parameters are keys, keys of senders, and the rules in microseconds: delay, window, life, proofs, and the
    /// time after which a known row is written again; and the networks. The columns are place, state and wait.
    /// </summary>
    public const string Meet =
        """
        WITH clock AS MATERIALIZED (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us),
        asked AS MATERIALIZED (
          SELECT a.place, a.key, a.sender, a.network, c.us, t.first, t.last, t.passes, s.last AS sender_last, s.passes AS sender_passes,
                 (t.key IS NULL OR CASE WHEN t.passes = 0 THEN c.us - t.first >= $4 ELSE c.us - t.last >= $5 END) AS is_new,
                 coalesce($6 > 0 AND s.passes >= $6 AND c.us - s.last < $5, false) AS is_proved_sender
          FROM unnest($1::uuid[], $2::uuid[], $8::bigint[]) WITH ORDINALITY AS a (key, sender, network, place) CROSS JOIN clock c
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
          SELECT key, network, 0::bigint AS added FROM judged WHERE state = 0
          UNION ALL SELECT key, network, 1 FROM judged WHERE state = 2
          UNION ALL SELECT sender, min(network), count(*) FROM judged WHERE state = 2 GROUP BY sender
          UNION ALL SELECT key, network, 0 FROM judged WHERE state >= 3 AND passes > 0 AND us - last >= $7
          UNION ALL SELECT sender, min(network), 0 FROM judged WHERE state >= 3 AND sender_passes > 0 AND us - sender_last >= $7
            AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.state = 2 AND j.sender = judged.sender) GROUP BY sender),
        written AS (
          INSERT INTO greylist AS g (key, first, last, passes, network)
          SELECT n.key, c.us, c.us, n.added, n.network FROM changes n CROSS JOIN clock c ORDER BY n.key
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
    /// The first time of the triplets that have not come back and stay. The parameters are the life of such triplets and their most number.
    /// </summary>
    public const string FindCut =
        """
        SELECT greatest(
          (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $1,
          (SELECT first + 1 FROM greylist WHERE passes = 0 ORDER BY first DESC OFFSET $2 LIMIT 1))
        """;

    /// <summary>Deletes triplets that have not come back from before a time; the column is their number.</summary>
    public const string SweepUnproved =
        """
        WITH gone AS (
          DELETE FROM greylist WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM greylist WHERE passes = 0 AND first < $1 ORDER BY first LIMIT $2 FOR UPDATE SKIP LOCKED))
          RETURNING 1)
        SELECT count(*) FROM gone
        """;

    /// <summary>
    /// Deletes the oldest triplets that have not come back of networks. The parameters are the networks, the rows of a network before
    /// which the others go, and the most deleted ones of a network.
    /// </summary>
    public const string Trim =
        """
        DELETE FROM greylist WHERE ctid = ANY (ARRAY (
          SELECT g.ctid FROM unnest($1::bigint[]) AS n (network)
          CROSS JOIN LATERAL (
            SELECT first FROM greylist WHERE passes = 0 AND network = n.network ORDER BY first DESC OFFSET $2 LIMIT 1) AS cut
          CROSS JOIN LATERAL (
            SELECT ctid FROM greylist WHERE passes = 0 AND network = n.network AND first < cut.first
            ORDER BY first LIMIT $3 FOR UPDATE SKIP LOCKED) AS g))
        """;
}

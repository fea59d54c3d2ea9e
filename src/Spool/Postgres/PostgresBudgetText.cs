namespace Postfleet.Spool.Postgres;

/// <summary>
/// The statements of <see cref="PostgresBudgets"/>: the rules of <see cref="Core.Budgets.BudgetCount"/>. The rows are locked before the
/// clock is read, in the order of their names: nodes never wait for each other in a circle, and no time is older than a count that it is
/// compared with.
/// </summary>
internal static class PostgresBudgetText
{
    private const string Clock =
        """
        clock AS MATERIALIZED (
          SELECT us, us / 86400000000 AS day FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us) AS c)
        """;

    /// <summary>Locks the rows of limits.</summary>
    public const string LockRows = "SELECT 1 FROM budget WHERE name = ANY ($1) ORDER BY name FOR NO KEY UPDATE";

    /// <summary>Adds the rows of new limits.</summary>
    public const string Insert =
        $"""
        WITH {Clock}
        INSERT INTO budget (name, day) SELECT n.name, c.day FROM unnest($1::text[]) AS n (name), clock c ORDER BY n.name COLLATE "C"
        ON CONFLICT (name) DO NOTHING
        """;

    /// <summary>Takes units back. A step of 0 is a daily limit.</summary>
    public const string Return =
        """
        UPDATE budget b
        SET granted = CASE WHEN r.step = 0 THEN greatest(b.granted - r.count, 0) ELSE b.granted END,
            arrival = b.arrival - r.count * r.step
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[]) AS r (name, count, step, day, epoch)
        WHERE b.name = r.name AND b.epoch = r.epoch AND (r.step > 0 OR b.day = r.day)
        """;

    /// <summary>
    /// Takes up to a number of units. The row stays as it is where there are none. The columns are place, granted, day, epoch, units used
    /// of the day, arrival time afterwards, and the time.
    /// </summary>
    public const string Take =
        $"""
        WITH {Clock},
        asked AS MATERIALIZED (
          SELECT a.place, b.name, b.epoch, b.arrival, a.count, a.most, a.step, c.us, c.day AS today,
                 CASE WHEN b.day = c.day + 1 THEN b.day ELSE c.day END AS day,
                 CASE WHEN b.day IN (c.day, c.day + 1) THEN b.granted ELSE 0 END AS used,
                 least(greatest(b.arrival, c.us * 1000), c.us * 1000 + a.most * a.step) AS begin,
                 c.us * 1000 + a.most * a.step AS latest
          FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY AS a (name, count, most, step, place)
          JOIN budget b ON b.name = a.name CROSS JOIN clock c),
        judged AS MATERIALIZED (
          SELECT *, step > 0 AND arrival > latest AS is_clamped,
                 CASE WHEN step = 0 THEN least(greatest(most - used, 0), count) ELSE least(count, (latest - begin) / step) END AS granted
          FROM asked),
        changed AS (
          UPDATE budget b
          SET day = CASE WHEN j.step = 0 THEN j.day ELSE j.today END,
              granted = CASE WHEN j.step = 0 THEN j.used + j.granted ELSE b.granted END,
              arrival = CASE WHEN j.step = 0 THEN b.arrival ELSE j.begin + j.granted * j.step END,
              epoch = CASE WHEN j.is_clamped THEN b.epoch + 1 ELSE b.epoch END
          FROM judged j WHERE b.name = j.name AND (j.granted > 0 OR j.is_clamped))
        SELECT place, granted, day::integer, CASE WHEN is_clamped THEN epoch + 1 ELSE epoch END, used, begin + granted * step, us
        FROM judged
        """;

    /// <summary>
    /// Looks recipients up, and takes a unit for each new one, which is known from now on. The columns are place, whether it was known,
    /// whether a new one was granted, day, time, the id of the limit and its number of known recipients before.
    /// </summary>
    public const string Meet =
        $"""
        WITH {Clock},
        asked AS MATERIALIZED (
          SELECT a.place, a.recipient, a.most, b.id, b.name, b.known, c.us, c.day AS today, k.used AS last,
                 CASE WHEN b.day = c.day + 1 THEN b.day ELSE c.day END AS day,
                 CASE WHEN b.day IN (c.day, c.day + 1) THEN b.granted ELSE 0 END AS used,
                 coalesce(k.used >= c.day - $4, false) AS is_known
          FROM unnest($1::text[], $2::uuid[], $3::bigint[]) WITH ORDINALITY AS a (name, recipient, most, place)
          JOIN budget b ON b.name = a.name CROSS JOIN clock c
          -- By the key for each recipient. As a plain join, it would read the whole table while the server has no statistics of it.
          LEFT JOIN LATERAL (
            SELECT used FROM known_recipient WHERE owner = b.id AND recipient = a.recipient LIMIT 1) k ON true),
        judged AS MATERIALIZED (
          SELECT *, NOT is_known AND used + row_number() OVER (PARTITION BY id, is_known ORDER BY place) <= most AS is_granted FROM asked),
        marked AS (
          INSERT INTO known_recipient (owner, recipient, used)
          SELECT id, recipient, today FROM judged WHERE is_granted OR (is_known AND last < today)
          ON CONFLICT (owner, recipient) DO UPDATE SET used = excluded.used),
        counted AS (
          UPDATE budget b SET day = s.day, granted = s.used + s.taken, known = b.known + s.added
          FROM (SELECT name, min(day) AS day, min(used) AS used, count(*) AS taken, count(*) FILTER (WHERE last IS NULL) AS added
                FROM judged WHERE is_granted GROUP BY name) AS s
          WHERE b.name = s.name)
        SELECT place, is_known, is_granted, day::integer, us, id, known FROM judged
        """;

    /// <summary>Locks the row of a limit by its id.</summary>
    public const string LockOne = "SELECT 1 FROM budget WHERE id = $1 FOR NO KEY UPDATE";

    /// <summary>Forgets recipients of a limit that has too many. Keys are random, so those next to a new one are any recipients.</summary>
    public const string Forget =
        """
        WITH gone AS (
          DELETE FROM known_recipient WHERE owner = $1 AND recipient IN (
            SELECT recipient FROM known_recipient WHERE owner = $1 AND recipient > $2 ORDER BY recipient LIMIT $3)
          RETURNING 1)
        UPDATE budget SET known = known - (SELECT count(*) FROM gone) WHERE id = $1
        """;

    /// <summary>Reads the days and counts of daily limits, and the time.</summary>
    public const string Used = $"WITH {Clock} SELECT name, b.day, granted, us FROM budget b, clock WHERE name = ANY ($1)";

    /// <summary>Sets counts back.</summary>
    public const string Reset = "UPDATE budget SET granted = 0, arrival = 0, epoch = epoch + 1 WHERE name = ANY ($1)";

    /// <summary>Locks the limits whose recipients are swept, in the order in which others lock them.</summary>
    public const string LockForgotten =
        $"""
        WITH {Clock}
        SELECT 1 FROM budget WHERE id IN (
          SELECT owner FROM known_recipient WHERE used < (SELECT day FROM clock) - $1 ORDER BY used LIMIT $2)
        ORDER BY name FOR NO KEY UPDATE
        """;

    /// <summary>Forgets recipients that were not used for long; the column is their number.</summary>
    public const string SweepRecipients =
        $"""
        WITH {Clock},
        gone AS (
          DELETE FROM known_recipient WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM known_recipient WHERE used < (SELECT day FROM clock) - $1 ORDER BY used LIMIT $2 FOR UPDATE SKIP LOCKED))
          RETURNING owner),
        counted AS (
          UPDATE budget b SET known = b.known - g.number FROM (SELECT owner, count(*) AS number FROM gone GROUP BY owner) AS g
          WHERE b.id = g.owner)
        SELECT count(*) FROM gone
        """;

    /// <summary>Deletes limits that were not used for long; the column is their number.</summary>
    public const string SweepLimits =
        $"""
        WITH {Clock},
        gone AS (
          DELETE FROM budget WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM budget WHERE day < (SELECT day FROM clock) - $1 AND known <= 0 ORDER BY day LIMIT $2 FOR UPDATE SKIP LOCKED))
          RETURNING 1)
        SELECT count(*) FROM gone
        """;

    /// <summary>
    /// A piece of the walk through rates of strangers: deletes full buckets, or all. A row that was just added has no time yet. The
    /// parameters are the name before, the end of the names, the most rows, and whether all go. The columns are the last name and the
    /// number of rows that stay.
    /// </summary>
    public const string SweepInbound =
        $"""
        WITH {Clock},
        page AS MATERIALIZED (SELECT name, arrival FROM budget WHERE name > $1 AND name < $2 ORDER BY name LIMIT $3),
        gone AS (
          DELETE FROM budget WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM budget
            WHERE name = ANY (ARRAY (
                SELECT name FROM page WHERE arrival > 0 AND ($4 OR arrival <= (SELECT us FROM clock) * 1000)))
              AND arrival > 0 AND ($4 OR arrival <= (SELECT us FROM clock) * 1000)
            ORDER BY name FOR UPDATE SKIP LOCKED))
          RETURNING 1)
        SELECT max(name), (count(*) - (SELECT count(*) FROM gone))::integer FROM page
        """;
}

using Npgsql;
using Postfleet.Spool.Common;
using Postfleet.Storage.Postgres;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// The transactions of the database at the moment of a read, and the notes about late events since a position (<c>history_note</c>).
/// Numbers are those of <c>pg_current_xact_id()</c>. Times are seconds since 1970 by the database's clock.
/// </summary>
/// <param name="Horizon">The oldest open transaction. Of smaller numbers, all events are visible.</param>
/// <param name="Next">The next free number.</param>
/// <param name="Now">The time, before <paramref name="Next"/> was read.</param>
/// <param name="Late">The oldest time of an event that was written late; null for none.</param>
internal sealed record PostgresFeedState(long Horizon, long Next, long Now, long? Late)
{
    /// <summary>An event that is written later than this after its time leaves a note, in its transaction.</summary>
    public const string LateAfter = "1 minute";

    // LateAfter, and four minutes by which the database's clock may be set back.
    private const long Margin = 300;

    // Kinds of notes: 1 for late events (since a time), 2 for dropped events (up to a time), 3 for events that were not written, with the
    // time of the events of its own transaction. age() gives the distance of the next free number from a number, both modulo 2^32.
    private const string Query =
        """
        WITH now AS MATERIALIZED (
          SELECT pg_snapshot_xmin(s)::text::bigint AS horizon, floor(extract(epoch FROM now()))::bigint AS at,
            3 + age('3'::xid)::bigint AS next
          FROM pg_current_snapshot() AS s
        )
        SELECT horizon, next, at,
          (SELECT floor(extract(epoch FROM greatest(min(n.at), '1970-01-01')))::bigint FROM history_note n
            WHERE n.xact >= $1 AND n.xact < horizon AND n.kind <> 2)
        FROM now
        """;

    private const string Dropped =
        """
        SELECT max(xact), ceil(extract(epoch FROM least(max(CASE kind WHEN 2 THEN at ELSE 'infinity' END), '2200-01-01')))::bigint
        FROM history_note WHERE xact >= $1 AND xact > $2 AND kind > 1
        """;

    /// <summary>Reads the state for a reader at a position.</summary>
    public static ValueTask<PostgresFeedState> ReadAsync(
        PostgresReaders events, FeedPosition after, CancellationToken cancellationToken) =>
        events.RunAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand(Query, connection);
                command.Parameters.Add(Value(after.Transaction));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                var horizon = reader.GetInt64(0);
                return new PostgresFeedState(
                    horizon, horizon + (uint)(reader.GetInt64(1) - horizon), reader.GetInt64(2),
                    reader.IsDBNull(3) ? null : reader.GetInt64(3));
            },
            cancellationToken);

    /// <summary>
    /// Looks whether events after a position were dropped, once the events after it were read: a drop during the read is seen, too.
    /// </summary>
    /// <returns>The number of the last transaction that dropped events; null for none.</returns>
    public async ValueTask<long?> FindDropAsync(PostgresReaders events, FeedPosition after, CancellationToken cancellationToken)
    {
        var (last, to) = await events.RunAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand(Dropped, connection);
                command.Parameters.Add(Value(after.Transaction));
                command.Parameters.Add(Value(after.Bound.Gap));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                return reader.IsDBNull(0) ? default : (reader.GetInt64(0), reader.GetInt64(1));
            },
            cancellationToken);
        return to > FloorOf(after) ? last : null;
    }

    /// <summary>Whether a position is so old that the notes about its time may be gone.</summary>
    public bool IsTooOld(FeedPosition position, TimeSpan retention) => position.Bound.Since < Now - 2 * (long)retention.TotalSeconds;

    /// <summary>The position with the present retention as its time.</summary>
    public FeedPosition Renew(FeedPosition position, TimeSpan retention) =>
        position with { Bound = position.Bound with { Since = Now - (long)retention.TotalSeconds } };

    /// <summary>The time of the oldest event that can follow a position.</summary>
    public long FloorOf(FeedPosition position) => Math.Min(position.Bound.Since - Margin, Late ?? long.MaxValue);

    /// <summary>The position before all events of a transaction, with what is known by now.</summary>
    public FeedPosition MoveTo(FeedPosition position, long transaction)
    {
        var bound = position.Bound;
        if (transaction >= bound.Next) bound = bound with { Since = bound.NextAt, Next = Next, NextAt = Now };
        return position with { Transaction = transaction, Key = null, Bound = bound };
    }

    /// <summary>For how long an open transaction holds a reader at a position.</summary>
    public TimeSpan DelayOf(FeedPosition position) =>
        position.Transaction < Horizon || Horizon == Next ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Max(0, Now - position.Bound.Since));
}

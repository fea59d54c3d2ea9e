using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Queueing;
using Postfleet.Spool.History;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Postgres;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// The events in the table <c>history</c>. A walk back reads spans of time, each with one statement: short spans at first, and longer spans
/// as long as they are read fast. The server ends a statement after a second. Thread-safe.
/// </summary>
/// <param name="events">Connections with the settings of <see cref="Settings"/>.</param>
/// <param name="spool">Connections for the spool's tables.</param>
/// <param name="time">The clock.</param>
internal sealed class PostgresHistorySource(PostgresReaders events, PostgresReaders spool, TimeProvider time) : IHistorySource
{
    /// <summary>
    /// Settings of the sessions. Plans are made for the values of each statement: they leave out the partitions outside of the span. A
    /// statement is over in milliseconds, and its compilation (jit) would take longer.
    /// </summary>
    public static readonly string[] Settings =
    [
        "statement_timeout=1000", "plan_cache_mode=force_custom_plan", "enable_seqscan=off", "max_parallel_workers_per_gather=0", "jit=off",
    ];

    private const string Progress =
        "SELECT message_id, queue_key, recipients, greatest(reported, recorded) FROM part WHERE message_id = ANY ($1)";

    // The times of a message's events come from the clocks of several nodes.
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);

    /// <inheritdoc/>
    public char Letter => 'p';

    /// <inheritdoc/>
    public async ValueTask<HistoryChunk> ReadBackAsync(
        HistoryMatch match, HistoryPosition? before, int limit, TimeSpan within, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        List<FoundEvent> found = [];
        var floor = FloorOf(match);
        var to = Math.Min(
            before is { } position ? Math.Min(position.Major, long.MaxValue - 1) + 1 : long.MaxValue, match.Until ?? long.MaxValue);
        var window = match.IsSelective ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(10);
        while (true)
        {
            var top = Math.Min(to, StoredTime.ToMicroseconds(time.GetUtcNow()));
            var from = window > Longest ? floor : Math.Max(floor, top - (long)window.TotalMicroseconds);
            var began = time.GetTimestamp();
            try
            {
                await ReadAsync(match, from, to, before, limit, found, cancellationToken);
                if (found.Count == limit) return new HistoryChunk(found, found[^1].Position);
                if (from == floor) return new HistoryChunk(found, null);
                to = from;
                var took = time.GetElapsedTime(began);
                if (took < Fast) window *= 4;
                else if (took > Slow) window /= 4;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled && window > Shortest)
            {
                window /= 16;
            }

            if (time.GetElapsedTime(start) >= within) return new HistoryChunk(found, HistoryPosition.Before(to));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<PartId, PartProgress>> FindPartsAsync(
        IReadOnlyCollection<PartId> parts, CancellationToken cancellationToken) =>
        await spool.RunAsync<IReadOnlyDictionary<PartId, PartProgress>>(
            async connection =>
            {
                await using var command = new NpgsqlCommand(Progress, connection);
                command.Parameters.Add(Ids(parts.Select(part => part.Message).Distinct()));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                Dictionary<PartId, PartProgress> found = [];
                while (await reader.ReadAsync(cancellationToken))
                {
                    var part = new PartId(MessageId.FromGuid(reader.GetGuid(0)), QueueKey.FromTrusted(reader.GetString(1)));
                    found[part] = new PartProgress(reader.GetInt32(2), reader.GetInt32(3));
                }

                return found;
            },
            cancellationToken);

    // No event of a message is older than the message, whose time is in its id.
    private static long FloorOf(HistoryMatch match)
    {
        var floor = match.Since ?? long.MinValue;
        if (match.Messages is not { Count: > 0 } messages) return floor;
        var accepted = messages.Min(message => (long)(message.High >> 16)) * 1000;
        return Math.Max(floor, accepted - (long)ClockDifference.TotalMicroseconds);
    }

    private async Task ReadAsync(
        HistoryMatch match, long from, long to, HistoryPosition? before, int limit, List<FoundEvent> found,
        CancellationToken cancellationToken)
    {
        var rows = await events.RunAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand { Connection = connection };
                command.CommandText = Text(command, match, from, to, before, limit - found.Count);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                List<FoundEvent> read = [];
                while (await reader.ReadAsync(cancellationToken)) read.Add(Read(reader));
                return read;
            },
            cancellationToken);
        found.AddRange(rows);
    }

    private static string Text(
        NpgsqlCommand command, HistoryMatch match, long from, long to, HistoryPosition? before, int limit)
    {
        var sql = new PostgresHistoryText(command, PostgresHistoryText.Columns);
        sql.And("at >=", Time(from));
        sql.And("at <", Time(to));
        sql.And(match, match.HasKinds);
        if (before is { } place)
        {
            sql.And(
                "(at, message_id, number, recipient_index, stream || ':' || domain) <", Time(place.Major), Value(place.Message.ToGuid()),
                Value(place.Minor), Value(place.Recipient), Value(place.Queue));
        }

        return sql.End(
            "ORDER BY at DESC, message_id DESC, number DESC, recipient_index DESC, stream || ':' || domain DESC", limit);
    }

    private static NpgsqlParameter<DateTime> Time(long microseconds) => new()
    {
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
        // The ends of the range of .NET are sent as infinity.
        TypedValue = microseconds == long.MaxValue ? DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc)
            : StoredTime.TryFromMicroseconds(microseconds)?.UtcDateTime ?? DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc),
    };

    private static FoundEvent Read(NpgsqlDataReader reader)
    {
        var one = PostgresHistoryText.Read(reader);
        return new FoundEvent(
            one, new HistoryPosition(StoredTime.ToMicroseconds(one.At), one.Message, one.Number, one.RecipientIndex, one.Queue.Value));
    }
}

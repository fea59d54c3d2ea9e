using System.Text;
using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.History.Wire;
using Postfleet.Spool.Storage;
using Postfleet.Spool.Storage.Wire;
using Postfleet.Storage.Postgres;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// The events in the table <c>history</c>. A walk back reads spans of time, each with one statement: short spans at first, and longer spans
/// as long as they are read fast. The server ends a statement after a second. Thread-safe.
/// </summary>
/// <param name="events">Connections with the settings of <see cref="Options"/>.</param>
/// <param name="spool">Connections for the spool's tables.</param>
/// <param name="time">The clock.</param>
internal sealed class PostgresHistorySource(PostgresReaders events, PostgresReaders spool, TimeProvider time) : IHistorySource
{
    /// <summary>
    /// Settings of the sessions. Plans are made for the values of each statement: they leave out the partitions outside of the span.
    /// </summary>
    public const string Options =
        "-c statement_timeout=1000 -c plan_cache_mode=force_custom_plan -c enable_seqscan=off -c max_parallel_workers_per_gather=0";

    private const string Columns =
        "at, message_id, number, recipient_index, kind, stream, domain, recipient, sender, reply, details";

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
        var sql = new StringBuilder($"SELECT {Columns} FROM history WHERE at >= ").Append(Bind(Time(from))).Append(" AND at < ")
            .Append(Bind(Time(to)));
        if (match.Messages is [var message]) And("message_id =", Value(message.ToGuid()));
        else if (match.Messages is { } messages) sql.Append(" AND message_id = ANY (").Append(Bind(Ids(messages))).Append(')');
        if (match.Recipient is { } recipient) And("recipient =", Value(recipient));
        if (match.Sender is { } sender) And("sender =", Value(sender));
        if (match.Domain is { } domain) And("domain =", Value(domain));
        if (match.Stream is { } stream) And("stream =", Value(stream));
        if (match.HeaderMessageId is { } header) And("header_id =", Value(header));
        if (match.HasKinds) sql.Append(" AND kind = ANY (").Append(Bind(Column(NpgsqlDbType.Smallint, KindsOf(match)))).Append(')');
        if (match.Reply is { } reply) sql.Append(" AND position(lower(").Append(Bind(Value(reply))).Append(") in lower(reply)) > 0");
        if (before is { } place)
        {
            sql.Append(" AND (at, message_id, number, recipient_index, stream || ':' || domain) < (")
                .AppendJoin(
                    ", ", Bind(Time(place.Major)), Bind(Value(place.Message.ToGuid())), Bind(Value(place.Minor)),
                    Bind(Value(place.Recipient)), Bind(Value(place.Queue)))
                .Append(')');
        }

        return sql.Append(" ORDER BY at DESC, message_id DESC, number DESC, recipient_index DESC, stream || ':' || domain DESC LIMIT ")
            .Append(limit).ToString();

        void And(string condition, NpgsqlParameter value) => sql.Append(" AND ").Append(condition).Append(' ').Append(Bind(value));

        string Bind(NpgsqlParameter parameter)
        {
            command.Parameters.Add(parameter);
            return $"${command.Parameters.Count}";
        }
    }

    private static short[] KindsOf(HistoryMatch match) =>
        [.. Enum.GetValues<HistoryKind>().Where(kind => (match.Kinds & 1 << (int)kind) != 0).Select(kind => (short)kind)];

    private static NpgsqlParameter<DateTime> Time(long microseconds) => new()
    {
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
        // The ends of the range of .NET are sent as infinity.
        TypedValue = microseconds == long.MaxValue ? DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc)
            : StoredTime.TryFromMicroseconds(microseconds)?.UtcDateTime ?? DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc),
    };

    private static FoundEvent Read(NpgsqlDataReader reader)
    {
        var queue = QueueKey.FromTrusted(reader.GetString(5) is { Length: > 0 } stream ? $"{stream}:{reader.GetString(6)}" : "");
        var one = new HistoryEvent(
            MessageId.FromGuid(reader.GetGuid(1)), queue, reader.GetInt32(2), reader.GetInt32(3), (HistoryKind)reader.GetInt16(4),
            new DateTimeOffset(reader.GetDateTime(0)), reader.GetString(7), reader.GetString(8));
        var position = new HistoryPosition(
            StoredTime.ToMicroseconds(one.At), one.Message, one.Number, one.RecipientIndex, queue.Value);
        return new FoundEvent(
            WithDetails(one, reader.IsDBNull(9) ? null : reader.GetString(9), reader.GetFieldValue<byte[]>(10)), position);
    }

    private static HistoryEvent WithDetails(HistoryEvent one, string? reply, byte[] details)
    {
        var octets = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(details);
        switch (one.Kind)
        {
            case HistoryKind.Accepted:
                return one with { Acceptance = HistoryEvents.Acceptance(HistoryEvents.Decode(StoredMessageEnvelope.Parser, octets)) };
            case HistoryKind.Dsn:
                var dsn = HistoryEvents.Decode(StoredHistoryDsn.Parser, octets) ?? new StoredHistoryDsn();
                return one with { Notification = MessageId.FromHalves(dsn.MessageHigh, dsn.MessageLow) };
            default:
                var stored = HistoryEvents.Decode(StoredHistoryReply.Parser, octets) ?? new StoredHistoryReply();
                stored.Text = reply ?? "";
                return one with
                {
                    Reply = HistoryEvents.Reply(stored),
                    RemoteHost = stored.RemoteHost,
                    Attempt = HistoryEvents.Attempt(stored.Attempt),
                };
        }
    }
}

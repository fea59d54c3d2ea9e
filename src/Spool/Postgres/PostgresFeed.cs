using Npgsql;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Postgres;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// The feed over the table <c>history</c>, in the order of the numbers of transactions (xid). Numbers are given before the commit, so only
/// numbers below the oldest open transaction are read: no event can appear there later. Each row has its number; the block range index
/// finds rows by it. Rows of older times than the position's are left out (<see cref="PostgresFeedState.FloorOf"/>), which leaves out the
/// partitions of the past. Thread-safe.
/// </summary>
/// <param name="events">Connections with the settings of <see cref="PostgresHistorySource.Settings"/>.</param>
/// <param name="retention">The time for which events are kept.</param>
/// <param name="time">The clock that measures a call.</param>
internal sealed class PostgresFeed(PostgresReaders events, TimeSpan retention, TimeProvider time) : IFeedSource
{
    // Transactions of all programs on the server count. A reader close to the end needs one statement.
    private const long FirstWindow = 2000;

    private const string Order = "ORDER BY xact, message_id, number, kind, stream || ':' || domain, recipient_index";

    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CallTime = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public char Letter => 'p';

    /// <inheritdoc/>
    public async ValueTask<FeedPosition> GetEndAsync(CancellationToken cancellationToken) =>
        EndOf(await PostgresFeedState.ReadAsync(events, default, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<FeedPage> ReadAsync(
        HistoryMatch match, FeedPosition after, FeedPosition? until, int limit, CancellationToken cancellationToken)
    {
        var state = await PostgresFeedState.ReadAsync(events, after, cancellationToken);
        // Numbers restart in a database that was restored from a dump.
        if (after.Transaction > state.Next) return new FeedPage([], EndOf(state), false) { HasGap = true };
        var isTooOld = state.IsTooOld(after, retention);
        var start = isTooOld ? state.Renew(after, retention) : after;
        var horizon = state.Horizon;
        if (until is { } end && end.Transaction < horizon) horizon = end.Transaction + (end.Key is null ? 0 : 1);
        var (found, position) = await WalkAsync(match, start, horizon, state, limit, cancellationToken);
        // Also without new events, what is known of later events is of the present.
        if (position.Key is null && position.Transaction == state.Horizon) position = state.MoveTo(position, position.Transaction);
        var drop = position == after ? null : await state.FindDropAsync(events, start, cancellationToken);
        if (drop is { } number) position = position with { Bound = position.Bound with { Gap = number } };
        if (until < position)
        {
            found.RemoveAll(one => one.Position > until);
            position = until.Value with { Bound = position.Bound };
        }

        return new FeedPage(found, position, HasMore: position.Transaction < horizon && !(until <= position))
        {
            HasGap = isTooOld || drop is not null,
            Delay = state.DelayOf(position),
        };
    }

    private async Task<(List<FeedEvent> Found, FeedPosition Position)> WalkAsync(
        HistoryMatch match, FeedPosition position, long horizon, PostgresFeedState state, int limit, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var window = FirstWindow;
        List<FeedEvent> found = [];
        while (position.Transaction < horizon && match.Kinds != 0)
        {
            var to = Math.Min(horizon, position.Transaction + window);
            var asked = time.GetTimestamp();
            try
            {
                var read = await ReadAsync(match, position, to, state.FloorOf(position), limit - found.Count, cancellationToken);
                found.AddRange(read);
                if (found.Count == limit) return (found, found[^1].Position);
                position = state.MoveTo(position, to);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled && window > 1)
            {
                window = Math.Max(1, window / 16);
                continue;
            }

            if (time.GetElapsedTime(began) >= CallTime) break;
            if (time.GetElapsedTime(asked) < Fast) window *= 4;
        }

        return (found, match.Kinds == 0 ? state.MoveTo(position, Math.Max(horizon, position.Transaction)) : position);
    }

    private ValueTask<List<FeedEvent>> ReadAsync(
        HistoryMatch match, FeedPosition after, long to, long floor, int limit, CancellationToken cancellationToken) =>
        events.RunAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand { Connection = connection };
                var sql = new PostgresHistoryText(command, $"{PostgresHistoryText.Columns}, xact");
                sql.And("at >=", Value(StoredTime.TryFromMicroseconds(floor * 1_000_000)?.UtcDateTime ?? DateTime.UnixEpoch));
                sql.And("xact >=", Value(after.Transaction));
                sql.And("xact <", Value(to));
                sql.And(match, hasKinds: match.Kinds != ~0);
                if (after.Key is { } key)
                {
                    sql.And(
                        "(xact, message_id, number, kind, stream || ':' || domain, recipient_index) >", Value(after.Transaction),
                        Value(key.Message.ToGuid()), Value(key.Number), Value(key.Kind), Value(key.Queue), Value(key.Recipient));
                }

                command.CommandText = sql.End(Order, limit);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                List<FeedEvent> read = [];
                while (await reader.ReadAsync(cancellationToken)) read.Add(Read(reader, after.Bound));
                return read;
            },
            cancellationToken);

    private FeedPosition EndOf(PostgresFeedState state) => new()
    {
        Engine = Letter,
        Transaction = state.Next,
        Bound = new FeedBound(state.Now, state.Next, state.Now, 0),
    };

    private FeedEvent Read(NpgsqlDataReader reader, FeedBound bound)
    {
        var one = PostgresHistoryText.Read(reader);
        return new FeedEvent(one, new FeedPosition
        {
            Engine = Letter,
            Transaction = reader.GetInt64(11),
            Key = new FeedKey(one.Message, one.Number, (int)one.Kind, one.RecipientIndex, one.Queue.Value),
            Bound = bound,
        });
    }
}

using System.Text;
using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.History.Wire;
using Postfleet.Spool.Storage.Wire;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>A query of the table <c>history</c>, condition by condition, and the events of its rows.</summary>
internal sealed class PostgresHistoryText
{
    /// <summary>The columns of an event.</summary>
    public const string Columns = "at, message_id, number, recipient_index, kind, stream, domain, recipient, sender, reply, details";

    private readonly NpgsqlCommand _command;
    private readonly StringBuilder _sql;
    private string _joint = " WHERE ";

    /// <summary>Begins a query.</summary>
    /// <param name="command">The command, which gets the parameters.</param>
    /// <param name="columns">The columns.</param>
    public PostgresHistoryText(NpgsqlCommand command, string columns)
    {
        _command = command;
        _sql = new StringBuilder($"SELECT {columns} FROM history");
    }

    /// <summary>Adds a condition that ends with an operator.</summary>
    /// <param name="condition">The left side and the operator.</param>
    /// <param name="values">The right side: a value, or the values of a row.</param>
    public void And(string condition, params ReadOnlySpan<NpgsqlParameter> values) => And(condition, ")", values);

    /// <summary>Adds the conditions of a search, but its times.</summary>
    /// <param name="match">The conditions.</param>
    /// <param name="hasKinds">Whether the kinds are a condition.</param>
    public void And(HistoryMatch match, bool hasKinds)
    {
        if (match.Messages is [var message]) And("message_id =", Value(message.ToGuid()));
        else if (match.Messages is { } messages) And("message_id = ANY", Ids(messages));
        if (match.Recipient is { } recipient) And("recipient =", Value(recipient));
        if (match.Sender is { } sender) And("sender =", Value(sender));
        if (match.Domain is { } domain) And("domain =", Value(domain));
        if (match.Stream is { } stream) And("stream =", Value(stream));
        if (match.HeaderMessageId is { } header) And("header_id =", Value(header));
        if (hasKinds) And("kind = ANY", Column(NpgsqlDbType.Smallint, KindsOf(match)));
        if (match.Reply is { } reply) And("0 < strpos(lower(reply), lower", "))", Value(reply));
    }

    /// <summary>The text of the query.</summary>
    public string End(string order, int limit) => _sql.Append(' ').Append(order).Append(" LIMIT ").Append(limit).ToString();

    /// <summary>The event of a row.</summary>
    public static HistoryEvent Read(NpgsqlDataReader reader)
    {
        var queue = QueueKey.FromTrusted(reader.GetString(5) is { Length: > 0 } stream ? $"{stream}:{reader.GetString(6)}" : "");
        var one = new HistoryEvent(
            MessageId.FromGuid(reader.GetGuid(1)), queue, reader.GetInt32(2), reader.GetInt32(3), (HistoryKind)reader.GetInt16(4),
            new DateTimeOffset(reader.GetDateTime(0)), reader.GetString(7), reader.GetString(8));
        return WithDetails(one, reader.IsDBNull(9) ? null : reader.GetString(9), reader.GetFieldValue<byte[]>(10));
    }

    private void And(string condition, string end, params ReadOnlySpan<NpgsqlParameter> values)
    {
        _sql.Append(_joint).Append(condition).Append(" (");
        _joint = " AND ";
        for (var i = 0; i < values.Length; i++)
        {
            _command.Parameters.Add(values[i]);
            _sql.Append(i == 0 ? "$" : ", $").Append(_command.Parameters.Count);
        }

        _sql.Append(end);
    }

    private static short[] KindsOf(HistoryMatch match) =>
        [.. Enum.GetValues<HistoryKind>().Where(kind => (match.Kinds & 1 << (int)kind) != 0).Select(kind => (short)kind)];

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

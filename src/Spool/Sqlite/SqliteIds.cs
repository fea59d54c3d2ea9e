using Postfleet.Core.Queueing;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>Message ids in SQLite: blobs of 16 octets, in the order of ids.</summary>
internal static class SqliteIds
{
    /// <summary>Binds an id.</summary>
    public static SqliteStatement Bind(this SqliteStatement statement, int index, MessageId id)
    {
        Span<byte> bytes = stackalloc byte[MessageId.ByteLength];
        id.WriteTo(bytes);
        return statement.Bind(index, bytes);
    }

    /// <summary>A column's id.</summary>
    public static MessageId GetId(this SqliteStatement statement, int column) => MessageId.FromBytes(statement.GetBlob(column));
}

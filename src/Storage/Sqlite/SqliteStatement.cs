using System.Buffers;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Postfleet.Storage.Sqlite;

/// <summary>
/// A prepared statement, reused by the owner of its session. It calls SQLite directly because the command of Microsoft.Data.Sqlite
/// allocates for each parameter, copies blobs once more, and sleeps while it waits for a lock.
/// </summary>
public sealed class SqliteStatement(sqlite3 database, sqlite3_stmt handle) : IDisposable
{
    /// <summary>Binds a number.</summary>
    public SqliteStatement Bind(int index, long value) => Check(raw.sqlite3_bind_int64(handle, index, value));

    /// <summary>Binds a text.</summary>
    public SqliteStatement Bind(int index, string value) => Check(raw.sqlite3_bind_text(handle, index, value));

    /// <summary>Binds octets, which are copied.</summary>
    public SqliteStatement Bind(int index, ReadOnlySpan<byte> value) =>
        // An empty span has a null address, which would bind NULL.
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, index, 0) : raw.sqlite3_bind_blob(handle, index, value));

    /// <summary>Binds octets in pieces, which are copied.</summary>
    public SqliteStatement Bind(int index, ReadOnlySequence<byte> value)
    {
        if (value.IsSingleSegment) return Bind(index, value.FirstSpan);
        var length = checked((int)value.Length);
        var whole = ArrayPool<byte>.Shared.Rent(length);
        value.CopyTo(whole);
        Bind(index, whole.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(whole);
        return this;
    }

    /// <summary>Moves to the next row; false at the end.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW) return true;
        if (code == raw.SQLITE_DONE) return false;
        // The error belongs to the connection, and a reset overwrites it: read it first.
        try
        {
            throw SqliteFault.Of(database, code);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Runs a statement without rows to its end.</summary>
    /// <returns>The number of rows inserted, changed or deleted.</returns>
    public int Run()
    {
        Step();
        var changes = raw.sqlite3_changes(database);
        Reset();
        return changes;
    }

    /// <summary>Resets the statement for its next use. An open cursor would keep its snapshot and the write-ahead log alive.</summary>
    public void Reset() => raw.sqlite3_reset(handle);

    /// <summary>A column's number; 0 for NULL.</summary>
    public long GetInt64(int column) => raw.sqlite3_column_int64(handle, column);

    /// <summary>A column's text.</summary>
    public string GetText(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string();

    /// <summary>A column's bytes, valid until the next step.</summary>
    public ReadOnlySpan<byte> GetBlob(int column) => raw.sqlite3_column_blob(handle, column);

    /// <summary>Whether a column is NULL.</summary>
    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    /// <summary>Finalizes the statement. Its session calls this method.</summary>
    public void Dispose() => handle.Dispose();

    private SqliteStatement Check(int code) => code == raw.SQLITE_OK ? this : throw SqliteFault.Of(database, code);
}

/// <summary>Creates exceptions from SQLite result codes and classifies them.</summary>
public static class SqliteFault
{
    /// <summary>The exception for a result code, with the connection's last error message.</summary>
    public static SqliteException Of(sqlite3 database, int code) =>
        new($"SQLite error {code}: {raw.sqlite3_errmsg(database).utf8_to_string()}", code & 0xff, raw.sqlite3_extended_errcode(database));

    /// <summary>The failure kind of an exception.</summary>
    public static FailureKind Judge(Exception exception) =>
        exception is not SqliteException { SqliteErrorCode: var code } ? FailureKind.Operation : code switch
        {
            raw.SQLITE_FULL => FailureKind.Full,
            // The statement or its values, memory for a large row, or a damaged page read by a single operation.
            raw.SQLITE_ERROR or raw.SQLITE_NOMEM or raw.SQLITE_TOOBIG or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_MISUSE
                or raw.SQLITE_RANGE or raw.SQLITE_CORRUPT => FailureKind.Operation,
            // This includes I/O errors: after a failed flush the content of the disk is unknown.
            _ => FailureKind.Storage,
        };
}

using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Postfleet.Storage.Sqlite;

/// <summary>Owns a connection and its prepared statements. Used by one thread at a time.</summary>
public sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteStatement> _statements = [];

    private SqliteSession(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens a database file.</summary>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public static SqliteSession Open(string file, SqliteOpenMode mode, string pragmas)
    {
        var address = new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false };
        var session = new SqliteSession(new SqliteConnection(address.ToString()));
        try
        {
            session._connection.Open();
            session.Execute("PRAGMA busy_timeout=5000");
            session.Execute(pragmas);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The connection's own handle.</summary>
    public sqlite3 Handle => _connection.Handle!;

    /// <summary>Whether a transaction is open. Some errors of SQLite roll it back.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    /// <summary>The prepared statement of a text, ready to be bound. The same text gives the same statement.</summary>
    public SqliteStatement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var known)) return known;
        var code = raw.sqlite3_prepare_v3(Handle, sql, PreparePersistent, out var handle);
        if (code != raw.SQLITE_OK) throw SqliteFault.Of(Handle, code);
        return _statements[sql] = new SqliteStatement(Handle, handle);
    }

    /// <summary>Runs statements and ignores their rows.</summary>
    public void Execute(string sql)
    {
        var code = raw.sqlite3_exec(Handle, sql);
        if (code != raw.SQLITE_OK) throw SqliteFault.Of(Handle, code);
    }

    /// <summary>Runs a query for a number; 0 without a row.</summary>
    public long QueryNumber(string sql)
    {
        var statement = Prepare(sql);
        var answer = statement.Step() ? statement.GetInt64(0) : 0;
        statement.Reset();
        return answer;
    }

    /// <summary>Ends the statements and closes the connection.</summary>
    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        _connection.Dispose();
    }

    // SQLITE_PREPARE_PERSISTENT: the statement is kept for long, so SQLite does not use its lookaside memory for it.
    private const uint PreparePersistent = 1;
}

using System.Globalization;
using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Begins a session on a new connection: sets the settings of the session and reads the state of the server. The settings are statements
/// and not startup options, because PgBouncer refuses a connection with options. Thread-safe.
/// </summary>
/// <param name="settings">Server settings of the session, each as <c>name=value</c>.</param>
/// <param name="timeoutSeconds">The time limit in seconds.</param>
internal sealed class SessionStart(IEnumerable<string> settings, int timeoutSeconds)
{
    private const string State = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', pg_backend_pid()";

    // The name of a file of the write-ahead log begins with the timeline. Only a primary has a current position in the log.
    private const string Identity =
        State + ", pg_postmaster_start_time(), (SELECT system_identifier FROM pg_control_system())::text, " +
        "CASE WHEN pg_is_in_recovery() THEN NULL ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END";

    private readonly string? _settings = settings.Any()
        ? "SELECT " + string.Join(", ", settings.Select(setting => setting.Split('=', 2))
            .Select(pair => $"set_config('{pair[0]}', '{pair[1]}', false)"))
        : null;

    private volatile bool _tellsIdentity = true;

    /// <summary>Begins a session.</summary>
    /// <exception cref="NpgsqlException">The server does not answer.</exception>
    public async Task<ServerState> RunAsync(NpgsqlConnection connection)
    {
        if (!_tellsIdentity) return await RunAsync(connection, State);
        try
        {
            return await RunAsync(connection, Identity);
        }
        catch (PostgresException e) when (IsMissing(e.SqlState))
        {
            // Some managed services, for example Aurora, have no positions in the log.
            _tellsIdentity = false;
            return await RunAsync(connection, State);
        }
    }

    private async Task<ServerState> RunAsync(NpgsqlConnection connection, string query)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = timeoutSeconds };
        batch.BatchCommands.Add(new NpgsqlBatchCommand(query));
        if (_settings is not null) batch.BatchCommands.Add(new NpgsqlBatchCommand(_settings));
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.ReadAsync();
        var identity = reader.FieldCount > 3 && !reader.IsDBNull(5)
            ? new ServerIdentity(
                reader.GetString(4), long.Parse(reader.GetString(5), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                reader.GetDateTime(3))
            : null;
        // PgBouncer invents process ids, with which it finds the statement to cancel.
        return new ServerState(reader.GetBoolean(0), reader.GetBoolean(1), reader.GetInt32(2) != connection.ProcessID, identity);
    }

    private static bool IsMissing(string state) => state is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedFunction
        or PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.UndefinedTable;
}

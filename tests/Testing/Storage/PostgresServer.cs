using Npgsql;

namespace Postfleet.Testing;

/// <summary>
/// A real PostgreSQL server for tests, with fsync on, in a temporary folder and on a unix socket, so that ports cannot conflict. It can be
/// stopped, killed and started again. Its data is deleted with the test process.
/// </summary>
public sealed partial class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly Lazy<Task<PostgresServer>> Instance = new(StartNewAsync);
    private static int _databases;

    private readonly TempFolder _folder = new("pg");
    private readonly NetworkNamespace? _network;
    private readonly string _address;
    private ChildProcess? _process;

    private PostgresServer(NetworkNamespace? network = null, string address = "") => (_network, _address) = (network, address);

    /// <summary>A connection to the maintenance database, as superuser.</summary>
    public string AdminConnectionString => ConnectionString("postgres");

    private string Data => _folder["data"];

    // Npgsql takes the folder of the socket as the host; the port is a part of the socket's name.
    private string ConnectionString(string database) =>
        $"Host={_folder.FullPath};Port=5432;Username=postgres;Database={database};Include Error Detail=true";

    /// <summary>The server that all tests of this process share. Tests that stop or kill a server start their own.</summary>
    public static Task<PostgresServer> SharedAsync() => Instance.Value;

    /// <summary>Creates a new server and starts it.</summary>
    public static Task<PostgresServer> StartNewAsync() => StartNewAsync(null, "");

    /// <summary>Creates a new server and starts it in a network namespace, where it also listens on an address.</summary>
    public static async Task<PostgresServer> StartNewAsync(NetworkNamespace? network, string address)
    {
        var server = new PostgresServer(network, address);
        await server.InitialiseAsync();
        await server.StartAsync();
        return server;
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(AdminConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        // No session connects to template0, so concurrent creations do not fail.
        command.CommandText = $"CREATE DATABASE {name} TEMPLATE template0";
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>Creates a superuser who needs a password; all others need none.</summary>
    public async Task RequirePasswordAsync(string user, string password)
    {
        await ExecuteAsync($"CREATE ROLE {user} LOGIN SUPERUSER");
        await SetPasswordAsync(user, password);
        var rules = System.IO.Path.Combine(Data, "pg_hba.conf");
        await File.WriteAllTextAsync(
            rules,
            $"local all {user} scram-sha-256\nhost all {user} 0.0.0.0/0 scram-sha-256\n{await File.ReadAllTextAsync(rules)}");
        await ExecuteAsync("SELECT pg_reload_conf()");
        var wrong = new NpgsqlConnectionStringBuilder(AdminConnectionString) { Username = user, Password = "wrong", Pooling = false };
        await Eventually.True(async () => await IsRefusedAsync(wrong.ConnectionString), StartLimit, "the server checks passwords");
    }

    /// <summary>Changes a password. Open connections stay.</summary>
    public Task SetPasswordAsync(string user, string password) =>
        ExecuteAsync($"ALTER ROLE {user} PASSWORD '{password.Replace("'", "''", StringComparison.Ordinal)}'");

    private static async Task<bool> IsRefusedAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync();
            return false;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            return true;
        }
    }

    /// <summary>Runs a statement in the maintenance database.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(AdminConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Starts the server and waits until it accepts connections.</summary>
    public async Task StartAsync()
    {
        if (_process is { Exited.IsCompleted: false })
        {
            throw new InvalidOperationException("it runs");
        }

        _process = ProcessHost.Start(Program() with { DeathSignal = "QUIT" });
        await _process.WaitForLineAsync("database system is ready to accept", StartLimit);
    }

    /// <summary>Shuts down in fast mode, which ends all sessions.</summary>
    public async Task StopAsync()
    {
        Running.Send(Signal.Interrupt);
        var code = await Running.WaitForExitAsync(StartLimit);
        if (code != 0)
        {
            throw Running.Failure($"stopped with code {code}");
        }

        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>Freezes all processes of the server. Their sockets stay open.</summary>
    public Task FreezeAsync() => SignalAllAsync("STOP");

    /// <summary>Continues all processes.</summary>
    public Task ThawAsync() => SignalAllAsync("CONT");

    /// <summary>Crashes the server: SIGKILL to the server and all its backends. The next start recovers from the write-ahead log.</summary>
    public async Task KillAsync()
    {
        // The postmaster is stopped first, because it would react to the death of its backends.
        Running.Send(Signal.Stop);
        var backends = PostgresPrograms.ChildrenOf(Running.Id);
        Running.Send(Signal.Kill);
        foreach (var backend in backends)
        {
            backend.Kill();
        }

        await Running.Exited;
        foreach (var backend in backends)
        {
            await backend.WaitForExitAsync();
            backend.Dispose();
        }

        NpgsqlConnection.ClearAllPools();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Send(Signal.Quit);
            await process.WaitForExitAsync(StartLimit);
            await process.DisposeAsync();
        }

        NpgsqlConnection.ClearAllPools();
        _folder.Dispose();
    }

    private ChildProcess Running => _process ?? throw new InvalidOperationException("not started");

    private Task SignalAllAsync(string signal) => ProcessHost.RunAsync(new ProcessSpec(
        "kill", [$"-{signal}", .. PostgresPrograms.ChildrenOf(Running.Id).Select(child => child.Id).Prepend(Running.Id)
            .Select(id => $"{id}")]));

    private async Task InitialiseAsync()
    {
        PostgresPrograms.Own(_folder.FullPath);
        await ProcessHost.RunAsync(PostgresPrograms.Run(
            "initdb", "-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"));
        await File.AppendAllTextAsync(
            Path.Combine(Data, "postgresql.conf"),
            $"""

             listen_addresses = '{_address}'
             unix_socket_directories = '{_folder.FullPath}'
             max_connections = 300
             fsync = on
             synchronous_commit = on
             shared_buffers = 64MB
             max_wal_size = 1GB
             lc_messages = 'C'
             """);
        if (_address.Length > 0) await File.AppendAllTextAsync(Path.Combine(Data, "pg_hba.conf"), "host all all 0.0.0.0/0 trust\n");
    }
}

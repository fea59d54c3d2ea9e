using Npgsql;

namespace Postfleet.Testing;

/// <content>Standbys, their promotion, and the death of a server with its disk.</content>
public sealed partial class PostgresServer
{
    private const string StandbyName = "standby";

    /// <summary>The folder of the unix socket, which is the host in connection strings.</summary>
    public string SocketFolder => _folder.FullPath;

    /// <summary>Creates a server without data, for <see cref="StartStandbyAsync"/>.</summary>
    public static PostgresServer Reserve(NetworkNamespace? network = null, string address = "") => new(network, address);

    /// <summary>Makes a reserved server a standby that follows this server, and waits until it has connected.</summary>
    /// <param name="standby">The reserved server.</param>
    /// <param name="isSynchronous">Whether this server waits for the standby at each commit.</param>
    public async Task StartStandbyAsync(PostgresServer standby, bool isSynchronous)
    {
        PostgresPrograms.Own(standby._folder.FullPath);
        await ProcessHost.RunAsync(PostgresPrograms.Run(
            "pg_basebackup", "-D", standby.Data, "-h", _folder.FullPath, "-U", "postgres", "-R", "-X", "stream", "-c", "fast",
            "--no-sync"));
        // The cluster's name is the standby's name for the primary.
        await File.AppendAllTextAsync(
            Path.Combine(standby.Data, "postgresql.conf"),
            $"""

             unix_socket_directories = '{standby._folder.FullPath}'
             listen_addresses = '{standby._address}'
             cluster_name = '{StandbyName}'
             """);
        await standby.StartAsync();
        await ExecuteAsync($"ALTER SYSTEM SET synchronous_standby_names = '{(isSynchronous ? StandbyName : "")}'");
        await ExecuteAsync("SELECT pg_reload_conf()");
        var state = isSynchronous ? "sync" : "async";
        await Eventually.True(
            async () => await ScalarAsync($"SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = '{state}'")
                is 1L, StartLimit, $"the standby is connected as {state}");
    }

    /// <summary>Stops the sending of changes to the standby, which falls behind from now on.</summary>
    public async Task HoldReplicationAsync()
    {
        var sender = await ScalarAsync("SELECT pid FROM pg_stat_replication");
        await ProcessHost.RunAsync(new ProcessSpec("kill", ["-STOP", $"{sender}"]));
    }

    /// <summary>From now on, commits wait for a synchronous standby that is not there.</summary>
    public Task LoseStandbyAsync() => NameStandbyAsync("absent");

    /// <summary>Commits wait for no standby any more.</summary>
    public Task ForgetStandbyAsync() => NameStandbyAsync("");

    /// <summary>Cancels statements that wait for the standby, as soon as there is one.</summary>
    public Task CancelStandbyWaitAsync() => Eventually.True(
        async () => await ScalarAsync("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") is > 0L,
        StartLimit, "a commit waits for the standby");

    /// <summary>Makes a standby the primary. It waits for no standby at commits.</summary>
    public async Task PromoteAsync()
    {
        await ExecuteAsync("SELECT pg_promote()");
        await ExecuteAsync("ALTER SYSTEM RESET synchronous_standby_names");
        await ExecuteAsync("SELECT pg_reload_conf()");
    }

    /// <summary>The machine and its disk die: SIGKILL to all processes, and the data folder is deleted.</summary>
    public async Task DestroyAsync()
    {
        await KillAsync();
        Directory.Delete(Data, recursive: true);
    }

    /// <summary>A connection string for several servers, of which the primary is to be used.</summary>
    /// <param name="connectionString">The connection string for one server.</param>
    /// <param name="servers">The servers, in order.</param>
    public static string ConnectionString(string connectionString, params PostgresServer[] servers) =>
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = string.Join(',', servers.Select(server => server._address.Length > 0 ? server._address : server.SocketFolder)),
            TargetSessionAttributes = servers.Length > 1 ? "primary" : null,
            // Kerberos would look up names.
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString;

    /// <summary>The result of a query in the maintenance database.</summary>
    public async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(AdminConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private async Task NameStandbyAsync(string standby)
    {
        await ExecuteAsync($"ALTER SYSTEM SET synchronous_standby_names = '{standby}'");
        await ExecuteAsync("SELECT pg_reload_conf()");
        await Eventually.True(
            async () => await ScalarAsync("SHOW synchronous_standby_names") is string now && now == standby, StartLimit,
            "the settings are in force");
    }

    private ProcessSpec Program()
    {
        var program = PostgresPrograms.Run("postgres", "-D", Data);
        // The user is changed inside of the namespace, which only root can enter.
        return _network is null ? program : _network.Inside(program with
        {
            User = null,
            File = "setpriv",
            Arguments = program.User is { } user
                ? ["--reuid", user, "--regid", user, "--init-groups", "--", program.File, .. program.Arguments]
                : ["--", program.File, .. program.Arguments],
        });
    }
}

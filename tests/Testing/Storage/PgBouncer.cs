using Npgsql;

namespace Postfleet.Testing;

/// <summary>PgBouncer on a unix socket in front of a <see cref="PostgresServer"/>.</summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder;
    private readonly ChildProcess _process;

    private PgBouncer(TempFolder folder, ChildProcess process) => (_folder, _process) = (folder, process);

    /// <summary>Starts PgBouncer.</summary>
    /// <param name="server">The server.</param>
    /// <param name="poolMode"><c>session</c>, <c>transaction</c> or <c>statement</c>.</param>
    public static async Task<PgBouncer> StartAsync(PostgresServer server, string poolMode)
    {
        var folder = new TempFolder("bouncer");
        PostgresPrograms.Own(folder.FullPath);
        await File.WriteAllTextAsync(folder["users"], "\"postgres\" \"\"\n");
        await File.WriteAllTextAsync(
            folder["pgbouncer.ini"],
            $"""
             [databases]
             * = host={server.SocketFolder} port=5432
             [pgbouncer]
             listen_addr =
             listen_port = 6432
             unix_socket_dir = {folder.FullPath}
             auth_type = trust
             auth_file = {folder["users"]}
             pool_mode = {poolMode}
             default_pool_size = 100
             max_client_conn = 300
             """);
        var process = ProcessHost.Start(
            new ProcessSpec("/usr/sbin/pgbouncer", [folder["pgbouncer.ini"]])
            {
                User = Environment.IsPrivilegedProcess ? "postgres"
                : null
            });
        await process.WaitForLineAsync("process up", StartLimit);
        return new PgBouncer(folder, process);
    }

    /// <summary>A connection string of the server that leads through PgBouncer.</summary>
    public string Through(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Host = _folder.FullPath, Port = 6432 }.ConnectionString;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}

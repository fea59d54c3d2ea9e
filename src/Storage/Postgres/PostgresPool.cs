using Npgsql;
using Postfleet.Core;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Connections to the primary of the shared database of all nodes. The spool, the journal, the registry of the cluster and the
/// configuration check create pools. Thread-safe.
/// </summary>
/// <remarks>
/// Each host of the connection string has its own pool. Npgsql's own choice among several hosts tries them in the order of the connection
/// string: while a first host that is gone does not answer, each new connection would wait for it.
/// </remarks>
public sealed class PostgresPool : IAsyncDisposable
{
    /// <summary>
    /// Longest time of a statement, in seconds. The loss of a server during a statement is noticed after this time plus 2 s for the cancel
    /// request and 5 s for the connection of the request. The longest statement of this program is a commit of 8 MB, which takes
    /// milliseconds on a healthy disk.
    /// </summary>
    public const int CommandSeconds = 15;

    /// <summary>Longest time to open a connection, in seconds. A server in the same data centre answers in milliseconds.</summary>
    public const int ConnectSeconds = 5;

    /// <summary>
    /// Seconds after which an idle connection is probed. Firewalls drop idle connections after minutes, and a dead connection is closed.
    /// </summary>
    private const int IdleSeconds = 15;

    /// <summary>
    /// Ends a session idle inside a transaction for 5 seconds, because its process or machine is frozen. Otherwise the server would keep
    /// the rows and event numbers of the transaction locked, and the node taking over the work would wait for them. Inside a transaction
    /// this program waits for nothing but the server. The cluster reassigns the work of a silent node after ten seconds at the earliest.
    /// </summary>
    private const string EndStalledTransactions = "idle_in_transaction_session_timeout=5000";

    /// <summary>Longest wait for a connection before the hosts are searched for another primary.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<(string Name, NpgsqlDataSource Source)> _hosts;
    private readonly PrimarySearch? _search;
    private readonly SessionStart _start;
    private readonly ServerGuard? _guard;
    private int _current;

    private PostgresPool(NpgsqlConnectionStringBuilder settings, string[] sessionSettings, Func<string>? password, ServerGuard? guard)
    {
        ConnectionString = settings.ConnectionString;
        Description = PostgresConnectionString.Describe(settings);
        _guard = guard;
        _start = new SessionStart([EndStalledTransactions, ReplicatedCommit.TellWarnings, .. sessionSettings], settings.Timeout);
        var hosts = PostgresConnectionString.SplitHosts(settings);
        if (hosts.Count > 1)
        {
            _search = new PrimarySearch(
                [.. hosts.Select(host => (Name(host), Build(WithoutPooling(host), password)))],
                settings.TargetSessionAttributes == "read-write", _start);
        }

        _hosts = [.. hosts.Select((host, index) =>
            (Name(host), Build(host, password, connection => BeginAsync(connection, index, Name(host)))))];
        if (guard is not null) guard.Replaced += Clear;
    }

    /// <summary>The connection string with all defaults, and with the operator's password.</summary>
    public string ConnectionString { get; }

    /// <summary>Host, port and name of the database, without secrets.</summary>
    public string Description { get; }

    /// <summary>Whether the last new connection led to a connection pooler and not to the server itself.</summary>
    public bool HasPooler { get; private set; }

    /// <summary>Creates a pool. The pool connects on first use.</summary>
    /// <param name="connectionString">The operator's connection string. Several hosts (<c>Host=a,b</c>) need <c>Target Session
    /// Attributes=primary</c>.</param>
    /// <param name="connections">Most connections, unless the connection string has a <c>Maximum Pool Size</c>.</param>
    /// <param name="name">The application name in the server's list of sessions.</param>
    /// <param name="waitSeconds">Longest wait for a connection in seconds, for a new connection or for the return of a pooled
    /// connection.</param>
    /// <param name="settings">Server settings of the sessions (<c>name=value</c>).</param>
    /// <param name="password">The password for a new connection; null for the password of the connection string.</param>
    /// <param name="guard">Checks new connections; null for none.</param>
    /// <param name="adjust">Changes the settings, after all defaults.</param>
    /// <exception cref="StartFailureException">The connection string is invalid, or does not say which of its hosts to write
    /// to.</exception>
    public static PostgresPool Create(
        string connectionString, int connections, string name, int waitSeconds = ConnectSeconds, string[]? settings = null,
        Func<string>? password = null, ServerGuard? guard = null, Action<NpgsqlConnectionStringBuilder>? adjust = null)
    {
        var read = PostgresConnectionString.Read(connectionString);
        Default("Maximum Pool Size", () => read.MaxPoolSize = connections);
        Default("Timeout", () => read.Timeout = waitSeconds);
        Default("Command Timeout", () => read.CommandTimeout = CommandSeconds);
        Default("Application Name", () => read.ApplicationName = name);
        // A few statements run thousands of times a second, so each session prepares them.
        Default("Max Auto Prepare", () => read.MaxAutoPrepare = 32);
        Default("Auto Prepare Min Usages", () => read.AutoPrepareMinUsages = 2);
        // Tells which statement of a transaction failed.
        Default("Include Failed Batched Command", () => read.IncludeFailedBatchedCommand = true);
        // Unix sockets have no TCP keepalive.
        if (!read.Host!.Contains('/', StringComparison.Ordinal))
        {
            Default("TCP Keepalive", () => read.TcpKeepAlive = true);
            Default("TCP Keepalive Time", () => read.TcpKeepAliveTime = IdleSeconds);
        }

        // No statement of this program leaves state in its session but the settings of the session, which a reset would undo. The six
        // statements of a reset would also double the number of statements.
        read.NoResetOnClose = true;
        adjust?.Invoke(read);
        try
        {
            return new PostgresPool(read, settings ?? [], password, guard);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new StartFailureException($"the PostgreSQL connection string cannot be used: {e.Message}", e);
        }

        void Default(string key, Action set)
        {
            if (!read.ShouldSerialize(key)) set();
        }
    }

    /// <summary>Opens a connection to the primary.</summary>
    /// <exception cref="NpgsqlException">No primary answers, or its connections must not be used.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken = default)
    {
        var epoch = _guard?.Epoch ?? 0;
        var connection = _search is null
            ? await _hosts[0].Source.OpenConnectionAsync(cancellationToken)
            : await OpenPrimaryAsync(_search, cancellationToken);
        try
        {
            // Changes may have been lost while this call waited.
            _guard?.Check(epoch);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A closed connection to the last known primary. Only asynchronous methods can open it.</summary>
    public NpgsqlConnection CreateConnection() => _hosts[Volatile.Read(ref _current)].Source.CreateConnection();

    /// <summary>Closes the idle connections after a failure that shows that the server has become a standby.</summary>
    public void Note(Exception failure)
    {
        if (failure is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction }) Clear();
    }

    /// <summary>Closes the idle connections, for example after the server has become a standby.</summary>
    public void Clear()
    {
        foreach (var (_, source) in _hosts) source.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_guard is not null) _guard.Replaced -= Clear;
        foreach (var (_, source) in _hosts) await source.DisposeAsync();
        if (_search is not null) await _search.DisposeAsync();
    }

    /// <inheritdoc/>
    public override string ToString() => Description;

    private async Task<NpgsqlConnection> OpenPrimaryAsync(PrimarySearch search, CancellationToken cancellationToken)
    {
        var current = Volatile.Read(ref _current);
        var opening = _hosts[current].Source.OpenConnectionAsync(cancellationToken).AsTask();
        try
        {
            return await opening.WaitAsync(Patience, TimeProvider.System, cancellationToken);
        }
        catch (Exception e) when (PostgresFault.IsOfServer(e) || e is IOException)
        {
            // Continues below: another host may be the primary now.
        }

        int found;
        try
        {
            found = await search.FindAsync().WaitAsync(cancellationToken);
        }
        catch
        {
            _ = CloseAsync(opening);
            throw;
        }

        if (found == current) return await opening;
        _ = CloseAsync(opening);
        Volatile.Write(ref _current, found);
        return await _hosts[found].Source.OpenConnectionAsync(cancellationToken);
    }

    private static async Task CloseAsync(Task<NpgsqlConnection> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully) await (await opening).DisposeAsync();
    }

    private async Task BeginAsync(NpgsqlConnection connection, int host, string name)
    {
        var state = await _start.RunAsync(connection);
        HasPooler = state.HasPooler;
        if (state.IsStandby) throw new NpgsqlException($"the database server {name} is a standby");
        if (_search is not null && await _search.FindAsync() != host)
            throw new NpgsqlException($"the database server {name} is not the primary any more");
        if (_guard is not null && state.Identity is { } identity) await _guard.AdmitAsync(connection, identity, name);
    }

    private static NpgsqlDataSource Build(
        NpgsqlConnectionStringBuilder settings, Func<string>? password, Func<NpgsqlConnection, Task>? begin = null)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        // Called for each connection to the server, so a changed password is used at once, and open connections stay.
        if (password is not null) builder.UsePasswordProvider(_ => password(), (_, _) => new ValueTask<string>(password()));
        if (begin is not null)
            builder.UsePhysicalConnectionInitializer(
                _ => throw new NotSupportedException("connections are opened by asynchronous methods only"), begin);
        return builder.Build();
    }

    private static NpgsqlConnectionStringBuilder WithoutPooling(NpgsqlConnectionStringBuilder host) =>
        new(host.ConnectionString) { Pooling = false, Timeout = Math.Min(host.Timeout, ConnectSeconds) };

    private static string Name(NpgsqlConnectionStringBuilder host) => $"{host.Host}:{host.Port}";
}

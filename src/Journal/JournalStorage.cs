using System.Data.Common;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql.Config;
using LinqToDB;
using LinqToDB.DataProvider.PostgreSQL;
using Microsoft.Data.Sqlite;
using Postfleet.Contracts.Persistence;
using Postfleet.Journal.Common;
using Postfleet.Journal.Plugin;
using Postfleet.Journal.Reading;
using Postfleet.Journal.Sweeping;
using Postfleet.Journal.Tables;
using Postfleet.Journal.Writing;
using Postfleet.Storage.Postgres;
using Postfleet.Storage.Schema;

namespace Postfleet.Journal;

/// <summary>
/// Owns the connections of the journals: the queues' journal and the sharding's journal (the remembered entities), each with its own
/// tables, in the same engine as the spool. On SQLite the journals have their own file, so the spool's writer and the journal's writer do
/// not wait for each other. The cluster module calls it before and while it creates an actor system.
/// </summary>
public sealed class JournalStorage : IActorPersistence, IAsyncDisposable
{
    /// <summary>The queues' journal.</summary>
    public const string QueueJournal = "akka.persistence.journal.sql";

    /// <summary>The sharding's journal.</summary>
    public const string ShardingJournal = "akka.persistence.journal.sharding";

    /// <summary>The sharding's snapshots.</summary>
    public const string ShardingSnapshots = "akka.persistence.snapshot-store.sharding";

    /// <summary>Most connections of a node to PostgreSQL for all journals: three for writes and deletions, two for replays.</summary>
    private const int Connections = 5;

    /// <summary>
    /// Longest wait for a connection, in seconds. Hundreds of queues becoming empty together delete their events at the same time. On a
    /// loaded machine the five seconds for a new connection were too short: the circuit breaker opened and queues stopped.
    /// </summary>
    private const int WaitSeconds = 15;

    // Embedded storage loses no changes.
    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly string _provider;
    private readonly bool _isEmbedded;
    private readonly string _file = "";
    private readonly Lazy<PostgresPool>? _pool;
    private readonly ServerGuard? _guard;
    private readonly Lazy<DataOptions> _snapshotOptions;
    private readonly JournalReader _reader;
    private readonly JournalCommit _commit;
    private int _disposed;

    private JournalStorage(string folder)
    {
        (_isEmbedded, _provider, _file) = (true, ProviderName.SQLiteMS, Path.Combine(folder, "journal.db"));
        var address = $"Data Source={_file};Default Timeout=30";
        _snapshotOptions = new(
            () => new DataOptions().UseConnectionString(_provider, address).UseInterceptor(new SnapshotConnectionInterceptor()));
        _reader = new SqliteJournalReader(_file);
        _commit = new JournalCommit(new SqliteJournalWriter(_file));
        Sweep = new SqliteJournalSweep(_file);
    }

    private JournalStorage(string connectionString, int connections, Func<string>? password, ServerGuard? guard)
    {
        _guard = guard;
        var witness = new JournalWitness();
        guard?.Add(witness);
        _provider = ProviderName.PostgreSQL15;
        _pool = new(
            () => PostgresPool.Create(connectionString, connections, "postfleet journal", WaitSeconds, password: password, guard: guard));
        _snapshotOptions = new(() => new DataOptions()
            .UseConnectionFactory(PostgreSQLTools.GetDataProvider(PostgreSQLVersion.v15), _ => _pool.Value.CreateConnection())
            .UseProvider(_provider));
        _reader = new PostgresJournalReader(_pool);
        _commit = new JournalCommit(new PostgresJournalWriter(_pool, witness, guard));
        Sweep = new PostgresJournalSweep(_pool);
    }

    /// <summary>The journals in SQLite, in a file of the data folder.</summary>
    public static JournalStorage Sqlite(string folder) => new(folder);

    /// <summary>The journals in PostgreSQL.</summary>
    /// <param name="connectionString">The database, in Npgsql's form.</param>
    /// <param name="password">The password for a new connection; null for the password of the connection string.</param>
    /// <param name="guard">Checks new connections; null for none.</param>
    public static JournalStorage Postgres(string connectionString, Func<string>? password = null, ServerGuard? guard = null) =>
        new(connectionString, Connections, password, guard);

    /// <inheritdoc/>
    public Task WhenBehind => _guard?.WhenBehind ?? Never;

    /// <summary>Deletes the last rows of empty queues.</summary>
    internal JournalSweep Sweep { get; }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> PrepareAsync(CancellationToken cancellationToken) => _isEmbedded
        ? JournalTables.PrepareAsync(OpenFileAsync, SchemaEngine.Sqlite, $"'{_file}'", JournalSchema.Sqlite, cancellationToken)
        : JournalTables.PrepareAsync(
            async token => await _pool!.Value.OpenAsync(token), SchemaEngine.Postgres,
            $"PostgreSQL at {_pool!.Value.Description}", JournalSchema.Postgres, cancellationToken);

    /// <inheritdoc/>
    public Setup[] Setups(TimeProvider time)
    {
        // No actor of the former actor system is left.
        _guard?.Resume();
        var setup = new MultiDataOptionsSetup();
        setup.AddDataOptions(ShardingSnapshots, _snapshotOptions.Value);
        return [setup, new JournalAccessSetup(_reader, _commit, time)];
    }

    /// <inheritdoc/>
    public Config ToConfig() => ConfigurationFactory.ParseString($$"""
        akka.cluster.sharding {
          journal-plugin-id = "{{ShardingJournal}}"
          snapshot-plugin-id = "{{ShardingSnapshots}}"
        }
        akka.persistence {
          journal.plugin = "{{QueueJournal}}"
          # Queues keep their checkpoints in the journal. The default would be the node's local files.
          snapshot-store.plugin = "akka.persistence.no-snapshot-store"
          # Rows are ordered by number and name no writer, so the filter could find nothing. It would cost an actor for each queue that
          # starts.
          journal-plugin-fallback.replay-filter.mode = off
          journal {
            sql { {{Journal(JournalSchema.QueueTable)}} }
            sharding { {{Journal(JournalSchema.ShardingTable)}} }
          }
          snapshot-store.sharding {
            class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql"
            plugin-id = "{{ShardingSnapshots}}"
            plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
            provider-name = "{{_provider}}"
            auto-initialize = false
            {{CircuitBreaker}}
            default.snapshot.table-name = sharding_snapshot
          }
        }
        """);

    /// <inheritdoc/>
    public void Verify(ActorSystem system) => PersistenceCheck.Verify(system);

    /// <summary>Completes the queued writes, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _commit.DisposeAsync();
        if (_reader is IAsyncDisposable reader) await reader.DisposeAsync();
        if (_pool is { IsValueCreated: true }) await _pool.Value.DisposeAsync();
    }

    // By default an open circuit breaker refuses calls for 30 s, and queues would stand still for as long after each restart of the
    // database. A refused connection costs little, so the next try comes soon. A call may take the wait for a connection, the command
    // time-out and the time of its cancellation.
    private static string CircuitBreaker => $$"""
        circuit-breaker { max-failures = 10, call-timeout = {{WaitSeconds + PostgresPool.CommandSeconds + PostgresPool.ConnectSeconds}}s, reset-timeout = 2s }
        """;

    private static string Journal(string table) => $$"""
        class = "{{typeof(GroupCommitJournal).FullName}}, {{typeof(GroupCommitJournal).Assembly.GetName().Name}}"
        plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
        {{CircuitBreaker}}
        table-name = "{{table}}"
        """;

    private async Task<DbConnection> OpenFileAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        var connection = new SqliteConnection($"Data Source={_file};Pooling=False;Default Timeout=30");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}

using System.Data.Common;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Akka.Persistence.Sql.Config;
using LinqToDB;
using LinqToDB.DataProvider.PostgreSQL;
using Microsoft.Data.Sqlite;
using Npgsql;
using Postfleet.Contracts;
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
/// Where the journals are: that of the queues, and that of the sharding (which entities to remember), each with its own tables, in the same
/// engine as the spool. On SQLite they have a file of their own, so that the spool's writer and the journal's do not wait for each other.
/// </summary>
public sealed class JournalStorage : IActorPersistence, IAsyncDisposable
{
    /// <summary>The queues' journal.</summary>
    public const string QueueJournal = "akka.persistence.journal.sql";

    /// <summary>The sharding's journal.</summary>
    public const string ShardingJournal = "akka.persistence.journal.sharding";

    /// <summary>The sharding's snapshots.</summary>
    public const string ShardingSnapshots = "akka.persistence.snapshot-store.sharding";

    /// <summary>
    /// Most connections of a node to PostgreSQL, for all plugins together: three for what is written and deleted, and two for replays.
    /// </summary>
    private const int Connections = 5;

    /// <summary>
    /// Most seconds in line for one of them. Hundreds of queues that become empty together delete their events at the same time, and the
    /// five seconds of a new connection were too few for that on a loaded machine: the circuit breaker opened, and queues stopped.
    /// </summary>
    private const int WaitSeconds = 15;

    private readonly string _provider;
    private readonly bool _isEmbedded;
    private readonly string _file = "";
    private readonly Lazy<NpgsqlDataSource>? _pool;
    private readonly Lazy<DataOptions> _options;
    private readonly JournalReader _reader;
    private readonly JournalCommit _commit;
    private int _disposed;

    private JournalStorage(string folder)
    {
        (_isEmbedded, _provider, _file) = (true, ProviderName.SQLiteMS, Path.Combine(folder, "journal.db"));
        var address = $"Data Source={_file};Default Timeout=30";
        _options = new(() => new DataOptions().UseConnectionString(_provider, address).UseInterceptor(new YieldOnOpen()));
        _reader = new SqliteJournalReader(_file);
        _commit = new JournalCommit(new SqliteJournalWriter(_file));
        Sweep = new SqliteJournalSweep(_file);
    }

    private JournalStorage(string connectionString, int connections)
    {
        _provider = ProviderName.PostgreSQL15;
        _pool = new(() => PostgresPool.Create(connectionString, connections, "postfleet journal", WaitSeconds));
        _options = new(() => new DataOptions()
            .UseConnectionFactory(PostgreSQLTools.GetDataProvider(PostgreSQLVersion.v15), _ => _pool.Value.CreateConnection())
            .UseProvider(_provider));
        _reader = new PostgresJournalReader(_pool);
        _commit = new JournalCommit(new PostgresJournalWriter(_pool));
        Sweep = new PostgresJournalSweep(_pool);
    }

    /// <summary>The journal in SQLite, in a file of the data folder.</summary>
    public static JournalStorage Sqlite(string folder) => new(folder);

    /// <summary>The journal in PostgreSQL.</summary>
    public static JournalStorage Postgres(string connectionString) => new(connectionString, Connections);

    /// <summary>Deletes what queues have left that are gone.</summary>
    internal JournalSweep Sweep { get; }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> PrepareAsync(CancellationToken cancellationToken) => _isEmbedded
        ? JournalTables.PrepareAsync(OpenFileAsync, SchemaEngine.Sqlite, $"'{_file}'", JournalSchema.Sqlite, cancellationToken)
        : JournalTables.PrepareAsync(
            async token => await _pool!.Value.OpenConnectionAsync(token), SchemaEngine.Postgres,
            $"PostgreSQL at {PostgresPool.Describe(_pool!.Value)}", JournalSchema.Postgres, cancellationToken);

    /// <inheritdoc/>
    public Setup[] Setups(TimeProvider time)
    {
        var setup = new MultiDataOptionsSetup();
        foreach (var plugin in new[] { QueueJournal, ShardingJournal, ShardingSnapshots }) setup.AddDataOptions(plugin, _options.Value);
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
          # Rows come by their numbers and name no writer, so that it could find nothing; and it is an actor of its own for each queue that starts.
          journal-plugin-fallback.replay-filter.mode = off
          journal {
            sql { {{Journal(QueueJournal, JournalSchema.QueueTable)}} }
            sharding { {{Journal(ShardingJournal, JournalSchema.ShardingTable)}} }
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
        """)
        .WithFallback(SqlPersistence.DefaultConfiguration);

    /// <inheritdoc/>
    public void Verify(ActorSystem system) => PersistenceCheck.Verify(system);

    /// <summary>Finishes the writes that wait, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _commit.DisposeAsync();
        if (_reader is IAsyncDisposable reader) await reader.DisposeAsync();
        if (_pool is { IsValueCreated: true }) await _pool.Value.DisposeAsync();
    }

    // The default leaves it open for 30 s: queues would stand still for that long after each restart of the database. A connection that is
    // refused costs next to nothing, so it is tried again soon. A call may wait for a connection, take the command's time-out, and some
    // more for its cancellation.
    private static string CircuitBreaker => $$"""
        circuit-breaker { max-failures = 10, call-timeout = {{WaitSeconds + PostgresPool.CommandSeconds + PostgresPool.ConnectSeconds}}s, reset-timeout = 2s }
        """;

    // The plugin itself reads and writes nothing of these (JournalReader and JournalCommit do), so that its batches and its isolation do
    // not matter. Csv: there is no table of tags.
    // No writers: the plugin would write its own id for that of the entity, so that one which comes back to a node where it was before
    // looks like two that write in turns, and the filter closes it for good. That an owner who was replaced cannot go on is the unique
    // key's work: its next number is taken.
    private string Journal(string plugin, string table) => $$"""
        class = "{{typeof(GroupCommitJournal).FullName}}, {{typeof(GroupCommitJournal).Assembly.GetName().Name}}"
        plugin-id = "{{plugin}}"
        provider-name = "{{_provider}}"
        auto-initialize = false
        tag-write-mode = Csv
        replay-filter.mode = off
        {{CircuitBreaker}}
        default.journal { table-name = {{table}}, use-writer-uuid-column = false }
        """;

    private async Task<DbConnection> OpenFileAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        var connection = new SqliteConnection($"Data Source={_file};Pooling=False;Default Timeout=30");
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}

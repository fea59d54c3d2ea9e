using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Akka.Persistence.Sql.Config;
using LinqToDB;

namespace Postfleet.Node.Cluster;

/// <summary>
/// Where the journals are: that of the queues, and that of the sharding (which entities to remember), each with its own tables, in the same engine as
/// the spool. On SQLite they have a file of their own, so that the spool's writer and the journal's do not wait for each other.
/// </summary>
internal sealed record JournalStorage(DataOptions Options, string Provider, string ConnectionString, bool IsEmbedded)
{
    /// <summary>The queues' journal.</summary>
    public const string QueueJournal = "akka.persistence.journal.sql";

    /// <summary>The sharding's journal.</summary>
    public const string ShardingJournal = "akka.persistence.journal.sharding";

    /// <summary>The sharding's snapshots.</summary>
    public const string ShardingSnapshots = "akka.persistence.snapshot-store.sharding";

    /// <summary>The journal in SQLite, in a file of the data folder.</summary>
    public static JournalStorage Sqlite(string folder)
    {
        var connection = $"Data Source={Path.Combine(folder, "journal.db")};Default Timeout=30";
        var options = new DataOptions().UseConnectionString(ProviderName.SQLiteMS, connection).UseInterceptor(new YieldOnOpen());
        return new(options, ProviderName.SQLiteMS, connection, true);
    }

    /// <summary>The journal in PostgreSQL.</summary>
    public static JournalStorage Postgres(string connectionString) =>
        new(new DataOptions().UseConnectionString(ProviderName.PostgreSQL15, connectionString), ProviderName.PostgreSQL15, connectionString, false);

    /// <summary>The data options, for each plugin.</summary>
    public Setup Setup()
    {
        var setup = new MultiDataOptionsSetup();
        foreach (var plugin in new[] { QueueJournal, ShardingJournal, ShardingSnapshots }) setup.AddDataOptions(plugin, Options);
        return setup;
    }

    /// <summary>The plugins' configuration.</summary>
    public Config ToConfig() => ConfigurationFactory.ParseString($$"""
        akka.persistence {
          journal.plugin = "{{QueueJournal}}"
          # Queues keep their checkpoints in the journal. The default would be the node's local files.
          snapshot-store.plugin = "akka.persistence.no-snapshot-store"
          journal-plugin-fallback.replay-filter.mode = fail
          journal {
            sql { {{Journal(QueueJournal, "journal")}} }
            sharding { {{Journal(ShardingJournal, "sharding_journal")}} }
          }
          snapshot-store.sharding {
            class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql"
            plugin-id = "{{ShardingSnapshots}}"
            plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
            provider-name = "{{Provider}}"
            connection-string = "{{ConnectionString.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}}"
            auto-initialize = true
            default.snapshot.table-name = sharding_snapshot
          }
        }
        """)
        .WithFallback(SqlPersistence.DefaultConfiguration);

    // One writer on SQLite, since there can be one only, and large batches; PostgreSQL commits several at a time.
    // Csv: no tags are written, and so no table of tags is asked at each deletion.
    private string Journal(string plugin, string table) => $$"""
        class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
        plugin-id = "{{plugin}}"
        provider-name = "{{Provider}}"
        connection-string = "{{ConnectionString.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}}"
        auto-initialize = true
        tag-write-mode = Csv
        batch-size = 400
        parallelism = {{(IsEmbedded ? 1 : 3)}}
        buffer-size = 20000
        replay-filter.mode = fail
        {{(IsEmbedded ? "read-isolation-level = read-uncommitted" : "")}}
        default.journal.table-name = {{table}}
        """;
}

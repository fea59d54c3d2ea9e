using System.Data.Common;
using LinqToDB;
using Microsoft.Data.Sqlite;
using Npgsql;
using Postfleet.Journal.Reading;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>A database of either engine for the journals of a test.</summary>
/// <param name="Folder">The folder of the SQLite file.</param>
/// <param name="Database">The connection string; null for SQLite.</param>
internal sealed record JournalPlace(string Folder, string? Database)
{
    /// <summary>Creates an empty database.</summary>
    public static async Task<JournalPlace> CreateAsync(TempFolder folder, bool isEmbedded, string name = "new") => isEmbedded
        ? new JournalPlace(Directory.CreateDirectory(folder[name]).FullName, null)
        : new JournalPlace("", await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());

    public JournalStorage Storage() => Database is null ? JournalStorage.Sqlite(Folder) : JournalStorage.Postgres(Database);

    /// <summary>Configuration with the journal of Akka.Persistence.Sql, whose tables and rows this module has to match.</summary>
    public string PluginConfig(bool createsTables, params string[] journals) => string.Concat(
        (journals.Length > 0 ? journals : [JournalStorage.QueueJournal, JournalStorage.ShardingJournal]).Select(journal =>
            $$"""
            {{journal}} {
              class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
              plugin-id = "{{journal}}"
              provider-name = "{{(Database is null ? ProviderName.SQLiteMS : ProviderName.PostgreSQL15)}}"
              connection-string = "{{Connect(Database is null ? ";Default Timeout=30" : "")}}"
              auto-initialize = {{(createsTables ? "true" : "false")}}
              tag-write-mode = Csv
              default.journal {
                table-name = {{(journal == JournalStorage.QueueJournal ? "journal" : "sharding_journal")}}
                use-writer-uuid-column = false
              }
            }

            """)) + (createsTables ? $"{JournalStorage.ShardingSnapshots}.auto-initialize = true" : "");

    public async Task ExecuteAsync(string sql) => await RunAsync(sql, _ => 0);

    public async Task<long> AskAsync(string sql) => Assert.Single(await RunAsync(sql, reader => reader.GetInt64(0)));

    /// <summary>Runs the statements of a sample.</summary>
    public async Task RestoreAsync(string sample)
    {
        await using var connection = Connect();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Samples", $"{sample}.sql"));
        await command.ExecuteNonQueryAsync();
    }

    public Task<List<JournalRow>> ReadAsync(string id) => RunAsync(
        $"SELECT sequence_number, created, message, manifest, identifier FROM journal WHERE persistence_id = '{id}'",
        reader => new JournalRow(reader.GetInt64(0), reader.GetInt64(1), (byte[])reader[2], reader.GetString(3), reader.GetInt32(4)));

    /// <summary>Describes columns and indexes from the engine's catalogue.</summary>
    public Task<List<string>> DescribeAsync() => RunAsync(
        Database is null
            ? """
              SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk
              FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name LIKE '%journal'
                OR m.type = 'table' AND m.name IN ('sharding_snapshot', 'journal_floor')
              UNION ALL SELECT m.name || ' of ' || m.tbl_name FROM sqlite_master m WHERE m.type = 'index' ORDER BY 1
              """
            : """
              SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, is_identity, identity_generation)
              FROM information_schema.columns WHERE table_schema = 'public'
              UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1
              """,
        reader => reader.GetString(0));

    private async Task<List<T>> RunAsync<T>(string sql, Func<DbDataReader, T> read)
    {
        await using var connection = Connect();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<T> rows = [];
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }

    private DbConnection Connect() => Database is null
        ? new SqliteConnection(Connect(";Pooling=False"))
        : new NpgsqlConnection(Connect(";Pooling=false"));

    private string Connect(string settings) => (Database ?? $"Data Source={Path.Combine(Folder, "journal.db")}") + settings;
}

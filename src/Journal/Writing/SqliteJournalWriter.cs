using Microsoft.Data.Sqlite;
using Postfleet.Journal.Common;
using Postfleet.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Journal.Writing;

/// <summary>Writes to the journals in their SQLite file, on a thread of its own, with prepared statements.</summary>
internal sealed class SqliteJournalWriter(string file) : JournalWriter
{
    private static readonly Dictionary<string, Statements> Tables = JournalSchema.EventTables
        .ToDictionary(table => table, table => new Statements(table));

    private readonly Lazy<WriterThread> _thread = new(() => new WriterThread("journal writer"));
    private SqliteSession? _session;

    public override Task CommitAsync(IReadOnlyList<JournalOperation> operations) => _thread.Value.RunAsync(() =>
    {
        // The file is never created here: a missing file must be an error and not an empty journal.
        _session ??= SqliteSession.Open(file, SqliteOpenMode.ReadWrite, SqlitePragmas.Writer);
        try
        {
            Run(_session, operations);
        }
        catch (Exception e) when (IsOfStorage(e))
        {
            _session.Dispose();
            _session = null;
            throw;
        }
    });

    public override bool IsOfStorage(Exception exception) => SqliteFault.Judge(exception) != FailureKind.Operation;

    public override ValueTask DisposeAsync()
    {
        if (_thread.IsValueCreated) _thread.Value.Dispose();
        _session?.Dispose();
        return base.DisposeAsync();
    }

    private static void Run(SqliteSession session, IReadOnlyList<JournalOperation> operations)
    {
        session.Prepare("BEGIN IMMEDIATE").Run();
        try
        {
            foreach (var operation in operations) Run(session, operation, Tables[operation.Table]);
            session.Prepare("COMMIT").Run();
        }
        catch
        {
            if (session.IsInTransaction) session.Execute("ROLLBACK");
            throw;
        }
    }

    private static void Run(SqliteSession session, JournalOperation operation, Statements statements)
    {
        switch (operation)
        {
            case JournalWrite write:
                var insert = session.Prepare(statements.Insert);
                foreach (var row in write.Rows)
                {
                    insert.Bind(1, row.PersistenceId).Bind(2, row.SequenceNumber).Bind(3, row.Created).Bind(4, row.Message.AsSpan())
                        .Bind(5, row.Manifest).Bind(6, row.Serializer).Run();
                }

                break;
            case JournalDeletion deletion:
                session.Prepare(statements.Delete).Bind(1, deletion.PersistenceId).Bind(2, deletion.UpTo).Run();
                session.Prepare(statements.Mark).Bind(1, deletion.PersistenceId).Bind(2, deletion.UpTo).Run();
                break;
            default:
                throw new InvalidOperationException($"unknown operation {operation.GetType().Name}");
        }
    }

    private sealed class Statements(string table)
    {
        public string Insert { get; } =
            $"""
            INSERT INTO {table} (persistence_id, sequence_number, created, message, manifest, identifier, tags, deleted)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', 0)
            """;

        public string Delete { get; } =
            $"""
            DELETE FROM {table} WHERE persistence_id = ?1 AND sequence_number <= ?2
              AND sequence_number < (SELECT max(sequence_number) FROM {table} WHERE persistence_id = ?1)
            """;

        // Runs after the deletion: the only row left up to the number is the row with the highest number.
        public string Mark { get; } =
            $"UPDATE {table} SET deleted = 1, message = x'' WHERE persistence_id = ?1 AND sequence_number <= ?2 AND NOT deleted";
    }
}

using Microsoft.Data.Sqlite;
using Postfleet.Spool.Sqlite;
using Postfleet.Spool.Storage;

namespace Postfleet.Node.Cluster;

/// <summary>Writes the queues' journal in its file, on a thread of its own, with a statement that is prepared once.</summary>
internal sealed class SqliteJournalWriter(string file) : JournalWriter
{
    private const string Insert =
        """
        INSERT INTO journal (persistence_id, sequence_number, created, message, manifest, identifier, tags, deleted)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', 0)
        """;

    private readonly Lazy<WriterThread> _thread = new(() => new WriterThread("journal writer"));
    private SqliteSession? _session;

    public override Task InsertAsync(IReadOnlyList<JournalWrite> writes) => _thread.Value.RunAsync(() =>
    {
        // Never created here: a file that is gone must not come back empty as if all were well.
        _session ??= SqliteSession.Open(file, SqliteOpenMode.ReadWrite, YieldOnOpen.Pragmas);
        try
        {
            Write(_session, writes);
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

    private static void Write(SqliteSession session, IReadOnlyList<JournalWrite> writes)
    {
        session.Prepare("BEGIN IMMEDIATE").Run();
        try
        {
            var insert = session.Prepare(Insert);
            foreach (var write in writes)
            {
                foreach (var row in write.Rows)
                {
                    insert.Bind(1, row.PersistenceId).Bind(2, row.SequenceNumber).Bind(3, row.Created).Bind(4, row.Message.AsSpan())
                        .Bind(5, row.Manifest).Bind(6, row.Serializer).Run();
                }
            }

            session.Prepare("COMMIT").Run();
        }
        catch
        {
            if (session.IsInTransaction) session.Execute("ROLLBACK");
            throw;
        }
    }
}

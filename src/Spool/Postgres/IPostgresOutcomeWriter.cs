using Npgsql;
using Postfleet.Spool.Commit;

namespace Postfleet.Spool.Postgres;

/// <summary>Keeps outcome rows in the shared database. The lanes of the group commit call it, side by side.</summary>
internal interface IPostgresOutcomeWriter
{
    /// <summary>
    /// Adds the statements that write rows to a batch of the open transaction, which settles the parts of the rows or is otherwise durable
    /// with them. A row whose key exists is left as it is, since an event may be recorded again after a crash. An exception, or an error of
    /// a statement, rolls the transaction back.
    /// </summary>
    void Add(NpgsqlBatch batch, IReadOnlyList<OutcomeRow> rows);
}

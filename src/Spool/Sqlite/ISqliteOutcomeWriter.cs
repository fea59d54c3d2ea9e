using Postfleet.Spool.Commit;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>Keeps outcome rows in the embedded database. The spool's writer calls it on its thread.</summary>
internal interface ISqliteOutcomeWriter
{
    /// <summary>
    /// Writes rows in the open transaction of the session, which settles the parts of the rows or is otherwise durable with them. A row
    /// whose key exists is left as it is, since an event may be recorded again after a crash. An exception rolls the transaction back.
    /// </summary>
    void Write(SqliteSession session, IReadOnlyList<OutcomeRow> rows);
}

using Postfleet.Spool.Common;
using Postfleet.Spool.History.Wire;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>Keeps entries of history in the embedded database. The spool's writer calls it on its thread.</summary>
internal interface ISqliteOutcomeWriter
{
    /// <summary>The kept kinds of events.</summary>
    HistoryKeep Keep { get; }

    /// <summary>
    /// Writes entries in the open transaction of the session, which settles their parts, stores their messages or is otherwise durable with
    /// them. No event is given twice. An exception rolls the transaction back.
    /// </summary>
    void Write(SqliteSession session, IReadOnlyList<StoredHistoryEntry> entries);

    /// <summary>A session of the writer was opened.</summary>
    void Opened(SqliteSession session)
    {
    }

    /// <summary>Entries of a transaction are not written, for want of space.</summary>
    void Skipped()
    {
    }

    /// <summary>The transaction in which entries were written is durable.</summary>
    void Committed()
    {
    }
}

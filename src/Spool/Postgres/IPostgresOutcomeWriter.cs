using Npgsql;
using Postfleet.Spool.Common;
using Postfleet.Spool.History.Wire;

namespace Postfleet.Spool.Postgres;

/// <summary>Keeps entries of history in the shared database. The lanes of the group commit call it, side by side.</summary>
internal interface IPostgresOutcomeWriter
{
    /// <summary>The kept kinds of events.</summary>
    HistoryKeep Keep { get; }

    /// <summary>Whether entries are written at present; false for a while after the statements of the writer failed.</summary>
    bool IsActive => true;

    /// <summary>
    /// Adds the statements for entries to a batch of the open transaction, which settles their parts, stores their messages or is
    /// otherwise durable with them. No event is given twice. An exception, or an error of a statement, rolls the transaction back.
    /// </summary>
    void Add(NpgsqlBatch batch, IReadOnlyList<StoredHistoryEntry> entries);

    /// <summary>
    /// Decides about a failed transaction. True where a statement of the writer failed: the transaction is then run again without
    /// entries. <see cref="IsActive"/> is false then.
    /// </summary>
    bool IsAtFault(PostgresException failure) => false;
}

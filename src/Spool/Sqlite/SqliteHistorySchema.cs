using Microsoft.Data.Sqlite;
using Postfleet.Core;
using Postfleet.Storage.Schema;

namespace Postfleet.Spool.Sqlite;

/// <summary>The tables of <c>history.db</c>, and its settings.</summary>
internal static class SqliteHistorySchema
{
    /// <summary>The name of the file in the data folder.</summary>
    public const string FileName = "history.db";

    /// <summary>The mover's settings. FULL, since events are deleted from the outbox once they are here.</summary>
    public const string Writer = "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=16777216; PRAGMA cache_size=-4096;";

    // Long rows: large pages.
    private const string Creation = "PRAGMA page_size=16384; PRAGMA journal_mode=WAL;";

    /// <summary>
    /// Blocks of events, each named by the number of its last batch in the outbox, and the values by which a search passes over a block.
    /// The mark is the number of the last batch in this file: its row is written with each block.
    /// </summary>
    private const string Tables =
        """
        CREATE TABLE history_block (
          last    INTEGER NOT NULL PRIMARY KEY,
          batches BLOB NOT NULL
        );
        CREATE TABLE history_index (
          last   INTEGER NOT NULL PRIMARY KEY,
          first  INTEGER NOT NULL,
          min_at INTEGER NOT NULL,
          max_at INTEGER NOT NULL,
          events INTEGER NOT NULL,
          kinds  INTEGER NOT NULL,
          keys   BLOB NOT NULL
        );
        CREATE TABLE history_mark (moved INTEGER NOT NULL);
        INSERT INTO history_mark (moved) VALUES (0);
        """;

    /// <summary>Their versions.</summary>
    public static SchemaPlan Plan { get; } = new("history", [new(1, "tables history_block, history_index, history_mark", Tables)]);

    /// <summary>Creates the file and its missing tables.</summary>
    /// <returns>A line for each step done; none when all was up to date.</returns>
    /// <exception cref="StartFailureException">A newer version made the file.</exception>
    /// <exception cref="SqliteException">The file cannot be opened, or is none.</exception>
    public static async Task<IReadOnlyList<string>> PrepareAsync(string file, CancellationToken cancellationToken)
    {
        FolderLock.CreatePrivate(file);
        return await SqliteSchema.PrepareAsync(file, Creation, Plan, cancellationToken);
    }
}

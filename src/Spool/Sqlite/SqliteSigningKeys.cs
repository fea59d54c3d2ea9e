namespace Postfleet.Spool.Sqlite;

/// <summary>The table of the keys that sign mail (<see cref="Common.ISigningKeyStore"/>), as that of the users.</summary>
internal static class SqliteSigningKeys
{
    /// <summary>The step of the schema.</summary>
    public const string Table =
        """
        CREATE TABLE signing_key (
          name       TEXT NOT NULL PRIMARY KEY,
          data       TEXT,
          change     INTEGER NOT NULL,
          changed_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE UNIQUE INDEX signing_key_change ON signing_key (change);
        CREATE INDEX signing_key_deleted ON signing_key (changed_at) WHERE data IS NULL;
        CREATE TABLE signing_key_last (
          id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
          change INTEGER NOT NULL,
          salt   TEXT NOT NULL
        );
        INSERT INTO signing_key_last (id, change, salt) VALUES (1, 0, hex(randomblob(16)));
        """;
}

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The tables of the users who send with a password (<see cref="Common.IUserStore"/>), and of the number of the last change of a user. A
/// deleted user stays without data for a day.
/// </summary>
internal static class SqliteUsers
{
    /// <summary>The step of the schema.</summary>
    public const string Table =
        """
        CREATE TABLE mail_user (
          name       TEXT NOT NULL PRIMARY KEY,
          data       TEXT,
          change     INTEGER NOT NULL,
          changed_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE UNIQUE INDEX mail_user_change ON mail_user (change);
        CREATE INDEX mail_user_deleted ON mail_user (changed_at) WHERE data IS NULL;
        CREATE TABLE mail_user_last (
          id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
          change INTEGER NOT NULL,
          salt   TEXT NOT NULL
        );
        INSERT INTO mail_user_last (id, change, salt) VALUES (1, 0, hex(randomblob(16)));
        """;
}

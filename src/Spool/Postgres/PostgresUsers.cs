namespace Postfleet.Spool.Postgres;

/// <summary>
/// The tables of the users who send with a password (<see cref="Common.IUserStore"/>), and of the number of the last change of a user: a
/// change locks that row, so that the numbers have the order of the commits. A deleted user stays without data for a day.
/// </summary>
internal static class PostgresUsers
{
    /// <summary>The step of the schema.</summary>
    public const string Table =
        """
        CREATE TABLE mail_user (
          name       text COLLATE "C" NOT NULL PRIMARY KEY,
          data       text,
          change     bigint NOT NULL,
          changed_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX mail_user_change ON mail_user (change);
        CREATE INDEX mail_user_deleted ON mail_user (changed_at) WHERE data IS NULL;
        CREATE TABLE mail_user_last (
          id     integer NOT NULL PRIMARY KEY CHECK (id = 1),
          change bigint NOT NULL,
          salt   text NOT NULL
        );
        INSERT INTO mail_user_last (id, change, salt) VALUES (1, 0, gen_random_uuid()::text);
        """;
}

namespace Postfleet.Spool.Postgres;

/// <summary>The table of the keys that sign mail (<see cref="Common.ISigningKeyStore"/>), as that of the users.</summary>
internal static class PostgresSigningKeys
{
    /// <summary>The step of the schema.</summary>
    public const string Table =
        """
        CREATE TABLE signing_key (
          name       text COLLATE "C" NOT NULL PRIMARY KEY,
          data       text,
          change     bigint NOT NULL,
          changed_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX signing_key_change ON signing_key (change);
        CREATE INDEX signing_key_deleted ON signing_key (changed_at) WHERE data IS NULL;
        CREATE TABLE signing_key_last (
          id     integer NOT NULL PRIMARY KEY CHECK (id = 1),
          change bigint NOT NULL,
          salt   text NOT NULL
        );
        INSERT INTO signing_key_last (id, change, salt) VALUES (1, 0, gen_random_uuid()::text);
        """;
}

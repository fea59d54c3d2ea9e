using Postfleet.Storage.Schema;

namespace Postfleet.Cluster.Membership;

/// <summary>The schemas of the cluster's tables in PostgreSQL. tests/Cluster/Samples has a sample of each released version.</summary>
internal static class RegistrySchema
{
    /// <summary>The registry of nodes.</summary>
    public static SchemaPlan Nodes { get; } = new("cluster",
    [
        new(1, "table cluster_node where missing",
            """
            CREATE TABLE IF NOT EXISTS cluster_node (
              address     text COLLATE "C" NOT NULL PRIMARY KEY,
              incarnation bigint NOT NULL,
              beat        bigint NOT NULL,
              seen_at     timestamptz NOT NULL
            )
            """),
    ]);

    /// <summary>
    /// The id of the database. It has a plan of its own, so versions of the program without ids still start on the database, and an upgrade
    /// can go node by node.
    /// </summary>
    public static SchemaPlan Database { get; } = new("database",
    [
        new(1, "the id of the database, in table cluster_database",
            """
            CREATE TABLE IF NOT EXISTS cluster_database (id text NOT NULL PRIMARY KEY);
            INSERT INTO cluster_database (id)
            SELECT left(md5(concat(random(), clock_timestamp(), pg_postmaster_start_time(), pg_backend_pid(), current_database())), 16)
            WHERE NOT EXISTS (SELECT FROM cluster_database);
            """),
    ]);

    /// <summary>
    /// The description of the process in a row. It has a plan of its own, so older versions of the program still start on the database. An
    /// older version changes the incarnation of a row and leaves the description of an earlier process, so <c>described</c> has the
    /// incarnation to which the description belongs.
    /// </summary>
    public static SchemaPlan Process { get; } = new("process",
    [
        new(1, "columns instance, host, roles, version, described of cluster_node",
            """
            ALTER TABLE cluster_node
              ADD COLUMN instance  text COLLATE "C",
              ADD COLUMN host      text COLLATE "C",
              ADD COLUMN roles     text COLLATE "C",
              ADD COLUMN version   text COLLATE "C",
              ADD COLUMN described bigint
            """),
    ]);
}

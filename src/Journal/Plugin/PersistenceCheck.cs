using Akka.Actor;
using Akka.Persistence;

namespace Postfleet.Journal.Plugin;

/// <summary>
/// The check at start that no event and no snapshot goes where Akka's defaults would put it: into memory, or into the node's own files.
/// </summary>
internal static class PersistenceCheck
{
    private const string Journal = "Postfleet.Journal.Plugin.GroupCommitJournal, Postfleet.Journal";
    private const string Snapshots = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql";
    private const string NoSnapshots = "Akka.Persistence.Snapshot.NoSnapshotStore, Akka.Persistence";

    /// <summary>Follows each setting that names a plugin to the plugin's class, in the configuration that is in force.</summary>
    /// <exception cref="InvalidOperationException">A plugin is not the one in the shared storage.</exception>
    public static void Verify(ActorSystem system)
    {
        // Its defaults join the system's configuration when the extension is first asked for.
        Persistence.Instance.Apply(system);
        Check(system, "akka.persistence.journal.plugin", Journal);
        Check(system, "akka.persistence.snapshot-store.plugin", NoSnapshots);
        Check(system, "akka.cluster.sharding.journal-plugin-id", Journal);
        Check(system, "akka.cluster.sharding.snapshot-plugin-id", Snapshots);
    }

    private static void Check(ActorSystem system, string setting, string expected)
    {
        var config = system.Settings.Config;
        var plugin = config.GetString(setting, "");
        var found = plugin.Length == 0 ? "" : config.GetString($"{plugin}.class", "");
        if (found != expected)
            throw new InvalidOperationException(
                $"{setting} is '{plugin}', whose class is '{found}', not {expected}: mail would be lost with the node");
    }
}

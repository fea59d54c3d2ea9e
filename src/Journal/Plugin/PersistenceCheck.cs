using Akka.Actor;
using Akka.Persistence;

namespace Postfleet.Journal.Plugin;

/// <summary>
/// Checks at start that no event or snapshot goes to Akka's defaults: memory, or local files of the node. Called by
/// <see cref="JournalStorage"/> for each new actor system.
/// </summary>
internal static class PersistenceCheck
{
    private const string Journal = "Postfleet.Journal.Plugin.GroupCommitJournal, Postfleet.Journal";
    private const string Snapshots = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql";
    private const string NoSnapshots = "Akka.Persistence.Snapshot.NoSnapshotStore, Akka.Persistence";

    /// <summary>Compares the class behind each plugin setting, in the effective configuration, with the expected class.</summary>
    /// <exception cref="InvalidOperationException">A plugin does not use the shared storage.</exception>
    public static void Verify(ActorSystem system)
    {
        // The extension adds its defaults to the system's configuration on first use.
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

using System.Globalization;
using Akka.Configuration;

namespace Postfleet.Node.Cluster;

/// <summary>The actor system's configuration, made from the node's own.</summary>
internal static class ClusterConfig
{
    /// <summary>Makes it.</summary>
    /// <param name="host">Host name or address that other nodes reach this one by.</param>
    /// <param name="port">Port for the cluster's traffic; 0 for any free one.</param>
    /// <param name="roles">This node's roles.</param>
    /// <param name="grace">How long stopping may take.</param>
    public static Config Create(string host, int port, IEnumerable<string> roles, TimeSpan grace)
    {
        var roleList = string.Join(", ", roles.Select(role => $"\"{role}\""));
        var seconds = ((int)Math.Ceiling(grace.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return ConfigurationFactory.ParseString($$"""
            akka {
              loggers = ["Postfleet.Node.Cluster.AkkaLogBridge, postfleet"]
              loglevel = WARNING
              stdout-loglevel = OFF
              stdout-logger-class = "Postfleet.Node.Cluster.SilentLogger, postfleet"
              log-dead-letters = off
              log-dead-letters-during-shutdown = off
              extensions = []
              actor.provider = cluster
              remote.dot-netty.tcp {
                hostname = "{{host}}"
                port = {{port}}
                # Bodies never travel in messages; the largest are 500 jobs with their recipients.
                maximum-frame-size = 1MiB
                send-buffer-size = 2MiB
                receive-buffer-size = 2MiB
              }
              cluster {
                roles = [{{roleList}}]
                # The host owns the process: it ends the process when the actor system has ended.
                run-coordinated-shutdown-when-down = on
                downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                sharding {
                  state-store-mode = ddata
                  remember-entities-store = eventsourced
                  journal-plugin-id = "{{JournalStorage.ShardingJournal}}"
                  snapshot-plugin-id = "{{JournalStorage.ShardingSnapshots}}"
                  # All at once would ask the journal for every queue in the same second.
                  entity-recovery-strategy = constant
                  entity-recovery-constant-rate-strategy { frequency = 50ms, number-of-entities = 100 }
                  handoff-timeout = {{seconds}}s
                  distributed-data.durable.keys = []
                }
              }
              persistence.max-concurrent-recoveries = 100
              coordinated-shutdown {
                exit-clr = off
                run-by-clr-shutdown-hook = off
                run-by-actor-system-terminate = on
                phases {
                  cluster-sharding-shutdown-region.timeout = {{seconds}}s
                }
              }
            }
            """);
    }
}

using System.Globalization;
using Akka.Configuration;
using Postfleet.Cluster.Common;
using Postfleet.Cluster.Membership;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Systems;

/// <summary>The actor system's configuration, made from the node's own. <c>docs/operations.md</c> justifies its times one by one.</summary>
internal static class ClusterConfig
{
    /// <summary>Makes it.</summary>
    /// <param name="settings">What the cluster's part of the node starts from.</param>
    /// <param name="databaseId">The id of the database that the node uses; null where no other node can use it.</param>
    public static Config Create(ClusterNodeSettings settings, string? databaseId = null)
    {
        IEnumerable<string> roles = [.. settings.Roles, .. ClusterHosts.ToRoles(settings.MailHost)];
        if (databaseId is not null) roles = roles.Append(DatabaseSign.ToRole(databaseId));
        var roleList = string.Join(", ", roles.Select(role => $"\"{role}\""));
        var seconds = ((int)Math.Ceiling(settings.Grace.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var stableAfter = OrphanRule.StableAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return ConfigurationFactory.ParseString($$"""
            akka {
              loggers = ["Postfleet.Cluster.Systems.AkkaLogBridge, Postfleet.Cluster"]
              loglevel = WARNING
              stdout-loglevel = OFF
              stdout-logger-class = "Postfleet.Cluster.Systems.SilentLogger, Postfleet.Cluster"
              log-dead-letters = off
              log-dead-letters-during-shutdown = off
              extensions = []
              actor {
                provider = cluster
                # Of all actors that stash, and so of all that persist.
                mailbox.unbounded-deque-based.mailbox-type = "Postfleet.Cluster.Systems.LeanMailbox, Postfleet.Cluster"
                serializers.refusing = "Postfleet.Cluster.Systems.RefusingSerializer, Postfleet.Cluster"
                serialization-bindings."System.Object" = refusing
              }
              remote {
                # The membership says it once; these say it at each try.
                log-remote-lifecycle-events = off
                # A node that starts again under its address is let in at once, and one that is slow to start is asked again soon.
                retry-gate-closed-for = 2s
                dot-netty.tcp {
                  hostname = "{{settings.Host}}"
                  port = {{settings.Port}}
                  # With it a second program could open the same port on Linux, and get half of the connections.
                  tcp-reuse-addr = off
                  enable-ssl = {{(settings.Tls is null ? "off" : "on")}}
                  connection-timeout = 5s
                  # Bodies never travel in messages; the largest are 500 jobs with their recipients.
                  maximum-frame-size = 1MiB
                  send-buffer-size = 2MiB
                  receive-buffer-size = 2MiB
                }
              }
              cluster {
                roles = [{{roleList}}]
                app-version = "{{settings.Version}}"
                # The node decides itself whom to join: see FoundingRule.
                seed-nodes = []
                retry-unsuccessful-join-after = 5s
                shutdown-after-unsuccessful-join-seed-nodes = off
                run-coordinated-shutdown-when-down = on
                failure-detector {
                  heartbeat-interval = 1s
                  # Longer than any pause of the garbage collector or of a starved machine that has been seen under load.
                  acceptable-heartbeat-pause = 4s
                }
                # The split brain resolver, held back on nodes that do not see a single queue node: see OrphanRule.
                downing-provider-class = "Postfleet.Cluster.Membership.DowningGuardProvider, Postfleet.Cluster"
                split-brain-resolver {
                  active-strategy = keep-majority
                  stable-after = {{stableAfter}}s
                  # Off and on of links for this long, and every node starts again in a new cluster.
                  # A starved machine is unsteady for long, and all nodes at once is the most that can be lost; no mail is, and none comes twice but from senders.
                  # Each node judges that by itself and for all: one frontend that is starved must not end the nodes that own mail.
                  down-all-when-unstable = {{(settings.Roles.Contains(NodeRoles.Queue) ? "60s" : "off")}}
                  # Queues own mail: a frontend or a sender more or less on one side must not decide where they run.
                  keep-majority.role = queue
                }
                # What the losing side needs to find out that it has lost, which it does by the same times as the winning one.
                down-removal-margin = 4s
                sharding {
                  state-store-mode = ddata
                  remember-entities-store = eventsourced
                  # All at once would ask the journal for every queue in the same second.
                  entity-recovery-strategy = constant
                  entity-recovery-constant-rate-strategy { frequency = 50ms, number-of-entities = 100 }
                  # A queue stops when the journal fails, and is to be back soon after the journal is.
                  entity-restart-backoff = 3s
                  shard-failure-backoff = 3s
                  coordinator-failure-backoff = 3s
                  retry-interval = 1s
                  # The names of a shard's queues are read while the queues of others replay; giving up after the default of 5 s would only read them again.
                  updating-state-timeout = 15s
                  rebalance-interval = 5s
                  least-shard-allocation-strategy { rebalance-absolute-limit = 10, rebalance-relative-limit = 0.1 }
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

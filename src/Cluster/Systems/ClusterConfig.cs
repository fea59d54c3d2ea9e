using System.Globalization;
using Akka.Configuration;
using Postfleet.Cluster.Common;
using Postfleet.Cluster.Membership;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Systems;

/// <summary>Creates the configuration of the actor system. <c>docs/operations.md</c> explains each of its times.</summary>
internal static class ClusterConfig
{
    /// <summary>
    /// How long a shard may take to stop on a node before its move is given up; the move is tried again. A move that begins before the
    /// death of its node is noticed, 6 s after the death at most, ends before the shards of the node recover elsewhere.
    /// </summary>
    public static readonly TimeSpan MaxHandOff = TimeSpan.FromSeconds(12);

    /// <summary>Creates the configuration.</summary>
    /// <param name="settings">The cluster settings of the node.</param>
    /// <param name="databaseId">The id of the database; null for embedded storage.</param>
    public static Config Create(ClusterNodeSettings settings, string? databaseId = null)
    {
        IEnumerable<string> roles = [.. settings.Roles, .. ClusterHosts.ToRoles(settings.MailHost)];
        if (databaseId is not null) roles = roles.Append(DatabaseIdentity.ToRole(databaseId));
        var roleList = string.Join(", ", roles.Select(role => $"\"{role}\""));
        var seconds = ((int)Math.Ceiling(settings.Grace.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var handOff = Math.Min(Math.Ceiling(settings.Grace.TotalSeconds), MaxHandOff.TotalSeconds).ToString(CultureInfo.InvariantCulture);
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
                # The mailbox of all actors that stash, which includes all persistent actors.
                mailbox.unbounded-deque-based.mailbox-type = "Postfleet.Cluster.Systems.LeanMailbox, Postfleet.Cluster"
                serializers.refusing = "Postfleet.Cluster.Systems.RefusingSerializer, Postfleet.Cluster"
                serialization-bindings."System.Object" = refusing
              }
              remote {
                # MembershipLog logs each change once; these events would be logged for each try.
                log-remote-lifecycle-events = off
                # A node that restarts under its address connects soon, and a node that starts slowly is tried again soon.
                retry-gate-closed-for = 2s
                dot-netty.tcp {
                  hostname = "{{settings.Host}}"
                  port = {{settings.Port}}
                  # With tcp-reuse-addr a second program could open the same port on Linux and get half of the connections.
                  tcp-reuse-addr = off
                  enable-ssl = {{(settings.Tls is null ? "off" : "on")}}
                  connection-timeout = 5s
                  # Messages never hold mail content. The largest message has 500 jobs with their recipients.
                  maximum-frame-size = 1MiB
                  send-buffer-size = 2MiB
                  receive-buffer-size = 2MiB
                }
              }
              cluster {
                roles = [{{roleList}}]
                app-version = "{{settings.Version}}"
                # FoundingRule decides whom to join.
                seed-nodes = []
                retry-unsuccessful-join-after = 5s
                shutdown-after-unsuccessful-join-seed-nodes = off
                run-coordinated-shutdown-when-down = on
                failure-detector {
                  heartbeat-interval = 1s
                  # Longer than all measured pauses of the garbage collector and of overloaded machines.
                  acceptable-heartbeat-pause = 4s
                }
                # The split brain resolver, stopped on nodes that reach no queue node: see OrphanRule.
                downing-provider-class = "Postfleet.Cluster.Membership.DowningGuardProvider, Postfleet.Cluster"
                split-brain-resolver {
                  active-strategy = keep-majority
                  stable-after = {{stableAfter}}s
                  # After this time of unstable links all nodes are declared dead and form a new cluster. No mail is lost, and only delivery
                  # nodes may send mail twice. Each node decides this for all nodes, so only queue nodes may: an overloaded frontend must
                  # not end the nodes that own mail.
                  down-all-when-unstable = {{(settings.Roles.Contains(NodeRoles.Queue) ? "60s" : "off")}}
                  # Queue nodes own the mail, so the number of frontends and delivery nodes on a side must not decide.
                  keep-majority.role = queue
                }
                # The time that the losing side needs to stop after its decision, which both sides make after the same time.
                down-removal-margin = 4s
                sharding {
                  state-store-mode = ddata
                  remember-entities-store = eventsourced
                  # Recovering all entities at once would read the journals of all queues in the same second.
                  entity-recovery-strategy = constant
                  entity-recovery-constant-rate-strategy { frequency = 50ms, number-of-entities = 100 }
                  # A queue stops when the journal fails, and should restart soon after the journal has recovered.
                  entity-restart-backoff = 3s
                  shard-failure-backoff = 3s
                  coordinator-failure-backoff = 3s
                  retry-interval = 1s
                  # The entity names of a shard are read while queues of other shards replay. After the default of 5 s the read would be
                  # repeated in vain.
                  updating-state-timeout = 15s
                  rebalance-interval = 5s
                  least-shard-allocation-strategy { rebalance-absolute-limit = 10, rebalance-relative-limit = 0.1 }
                  # The coordinator waits for this time in vain, and gives the shard to nobody, if a node dies after the begin of a
                  # hand-off and before all nodes have acknowledged it: Akka then asks the dead node to stop the shard.
                  handoff-timeout = {{handOff}}s
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

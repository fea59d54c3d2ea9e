using Akka.Actor;
using Akka.Configuration;
using Postfleet.Admin.Formats;
using Postfleet.Admin.Options;
using Postfleet.Testing.Formats;

namespace Postfleet.Admin.Tests;

/// <summary>Creates actor systems of this process that can form a cluster.</summary>
internal static class AdminSystems
{
    public static ActorSystem Create(string roles = "queue") => ActorSystem.Create("postfleet", FormatSystems.Setup(
        ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor { provider = cluster, serialize-messages = on }
          remote.dot-netty.tcp {
            hostname = "127.0.0.1", port = 0, maximum-frame-size = 1MiB, send-buffer-size = 2MiB, receive-buffer-size = 2MiB
          }
          # Systems that end need not leave their cluster.
          coordinated-shutdown { run-by-actor-system-terminate = off, terminate-actor-system = off }
          cluster { roles = [{{roles}}], app-version = "1.2.3" }
        }
        """), AdminFormats.All));

    /// <summary>Makes a system a cluster of its own.</summary>
    public static async Task JoinAsync(ActorSystem system)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var cluster = Akka.Cluster.Cluster.Get(system);
        await cluster.JoinAsync(cluster.SelfAddress, limit.Token);
    }

    /// <summary>Settings without metrics.</summary>
    public static AdminSettings Settings(string token = "") =>
        new(new AdminOptions { Token = token }, new MetricsOptions { Enabled = false });
}

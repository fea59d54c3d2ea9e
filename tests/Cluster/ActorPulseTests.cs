using Akka.Actor;
using Akka.Configuration;
using Postfleet.Cluster.Liveness;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class ActorPulseTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ActorSystem _system = ActorSystem.Create("pulse", ConfigurationFactory.ParseString(
        """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor.default-dispatcher {
            executor = fork-join-executor
            fork-join-executor { parallelism-min = 1, parallelism-factor = 1.0, parallelism-max = 1 }
          }
        }
        """));

    private readonly ActorPulse _pulse = new();

    public async ValueTask DisposeAsync() => await _system.Terminate();

    [Fact]
    public async Task Running_actors_answer()
    {
        await _pulse.ProbeAsync(default).WaitAsync(Limit);
        _pulse.Attach(_system);
        await _pulse.ProbeAsync(default).WaitAsync(Limit);
    }

    [Fact]
    public async Task Blocked_dispatcher_leaves_the_probe_without_an_answer()
    {
        _pulse.Attach(_system);
        using var blocked = new ManualResetEventSlim();
        using var free = new ManualResetEventSlim();
        var blocker = _system.ActorOf(Props.Create(() => new Blocker(blocked, free)));
        blocker.Tell("block");
        Assert.True(blocked.Wait(Limit));

        var probe = _pulse.ProbeAsync(default);
        using var end = new CancellationTokenSource();
        var other = _pulse.ProbeAsync(end.Token);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other.WaitAsync(Limit));
        Assert.False(probe.IsCompleted);
        free.Set();
        await probe.WaitAsync(Limit);
    }

    [Fact]
    public async Task Ended_system_has_no_fault()
    {
        _pulse.Attach(_system);
        await _system.Terminate();
        await _pulse.ProbeAsync(default).WaitAsync(Limit);
    }

    private sealed class Blocker(ManualResetEventSlim blocked, ManualResetEventSlim free) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            blocked.Set();
            free.Wait(Limit);
        }
    }
}

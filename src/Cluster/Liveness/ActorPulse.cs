using Akka.Actor;
using Akka.Event;
using Postfleet.Contracts.Stats;

namespace Postfleet.Cluster.Liveness;

/// <summary>
/// The life sign of the actor system: an actor on each of its dispatchers completes a probe. Actors that block all threads of a dispatcher
/// leave the probe unanswered. <see cref="ClusterNode"/> attaches each new actor system; the watchdog of the node probes on the thread
/// pool.
/// </summary>
internal sealed class ActorPulse : ILifeSign
{
    private volatile Attached? _attached;

    /// <inheritdoc/>
    public string Name => "actors";

    /// <summary>Starts the actors in a new system, which takes the place of the last one.</summary>
    public void Attach(ActorSystem system) => _attached = new Attached(
        system.WhenTerminated,
        [
            system.ActorOf(Props.Create(() => new PulseActor()), "pulse"),
            system.ActorOf(Props.Create(() => new PulseActor()).WithDispatcher("akka.actor.internal-dispatcher"), "internal-pulse"),
        ]);

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken)
    {
        // Without a system the start or the stop of the node is in progress, which have their own time limits.
        if (_attached is not { } attached) return Task.CompletedTask;
        var replies = attached.Actors.Select(Reply).ToArray();
        // A system that ends has no actors to answer.
        return Task.WhenAny(Task.WhenAll(replies), attached.Ended).WaitAsync(cancellationToken);
    }

    private static Task Reply(IActorRef actor)
    {
        var probe = new Probe(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        actor.Tell(probe);
        return probe.Done.Task;
    }

    private sealed record Attached(Task Ended, IReadOnlyList<IActorRef> Actors);

    /// <summary>Completed by the actor that receives it.</summary>
    private sealed record Probe(TaskCompletionSource Done) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class PulseActor : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is Probe probe) probe.Done.TrySetResult();
            else Unhandled(message);
        }
    }
}

using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Messages;
using Postfleet.Operations.Book;
using Postfleet.Operations.Common;

namespace Postfleet.Operations.Run;

/// <summary>
/// Carries out an action: reads pages, sends orders to queues and repeats them until they are confirmed. A child of
/// <see cref="ActionsActor"/>, which stops it when the action is cancelled or expires. Runs on the actor's thread.
/// </summary>
internal sealed class ActionRunActor : UntypedActor, IWithTimers
{
    /// <summary>An order without an answer is repeated after this time; a queue with much work answers only when it is done.</summary>
    public static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(2);

    /// <summary>The pause before a page is read again: after a failure, or while parts wait to be taken over by their queues.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly KeptAction _action;
    private readonly ActionRun _run;
    private readonly RunSource _source;
    private readonly Func<IActorRef> _queues;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();
    private RunOutput _load;
    private MoveEnd? _end;

    public ActionRunActor(KeptAction action, ActionRun run, RunSource source, Func<IActorRef> queues, ILogger logger)
    {
        (_action, _run, _source, _queues, _logger) = (action, run, source, queues, logger);
        _load = _run.Start();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Do(_load);
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, RepeatAfter);
    }

    protected override void PostStop()
    {
        // Queues go on with an order by themselves. If only the owner of the actions moves, the next owner sends the orders again.
        foreach (var queue in _run.InFlight) _queues().Tell(new WithdrawAction(queue, _action.View.Number));
        _stopped.Cancel();
        _stopped.Dispose();
    }

    protected override void OnReceive(object message)
    {
        if (_end is not null)
        {
            End(message);
            return;
        }

        switch (message)
        {
            case EndMove: BeginEnd(); break;
            case RunPage page: Do(_run.Loaded(page)); break;
            case ActionProgress progress when progress.Number == _action.View.Number: Do(_run.Confirmed(progress)); break;
            case Tick: Do(_run.Repeat()); break;
            case LoadAgain: Load(); break;
            case LoadFailed failed:
                _logger.Stalled(failed.Cause, _action.View.Number, Pause);
                Timers.StartSingleTimer(LoadAgain.Instance, LoadAgain.Instance, Pause);
                break;
            default: Unhandled(message); break;
        }
    }

    private void BeginEnd()
    {
        _stopped.Cancel();
        _end = new MoveEnd(_action.View, _run.InFlight);
        End(Tick.Instance);
    }

    private void End(object message)
    {
        switch (message)
        {
            case Tick: foreach (var each in _end!.Ask()) _queues().Tell(each); break;
            case ActionProgress progress: _end!.Answered(progress); break;
            default: return;
        }

        if (_end.IsOver) Context.Parent.Tell(new MoveEnded(_action.View.Number));
    }

    private void Do(IReadOnlyList<RunOutput> outputs)
    {
        foreach (var output in outputs) Do(output);
    }

    private void Do(RunOutput output)
    {
        var number = _action.View.Number;
        switch (output.Kind)
        {
            case RunOutputKind.Load:
                _load = output;
                Load();
                break;
            case RunOutputKind.LoadLater:
                _load = output;
                Timers.StartSingleTimer(LoadAgain.Instance, LoadAgain.Instance, Pause);
                break;
            case RunOutputKind.Send: _queues().Tell(output.Order!); break;
            case RunOutputKind.Advance:
                Context.Parent.Tell(new RunAdvanced(output.Advanced! with { Number = number }));
                break;
            case RunOutputKind.Done: Context.Parent.Tell(new RunDone(number)); break;
        }
    }

    private void Load() => _source.ReadAsync(_action.View, _load.Stage, _load.Cursor, _stopped.Token)
        .PipeTo(Self, failure: cause => new LoadFailed(cause));

    private sealed record LoadFailed(Exception Cause) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class Tick : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Tick Instance = new();
    }

    private sealed class LoadAgain : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly LoadAgain Instance = new();
    }
}

/// <summary>A run has come further.</summary>
internal sealed record RunAdvanced(ActionAdvanced Event) : INoSerializationVerificationNeeded;

/// <summary>A run has ended.</summary>
internal sealed record RunDone(int Number) : INoSerializationVerificationNeeded;

/// <summary>The action of a run, a move to a stream, was cancelled or has expired.</summary>
internal sealed record EndMove : INoSerializationVerificationNeeded
{
    public static readonly EndMove Instance = new();
}

/// <summary>No message of a move that was cancelled is between two queues.</summary>
internal sealed record MoveEnded(int Number) : INoSerializationVerificationNeeded;

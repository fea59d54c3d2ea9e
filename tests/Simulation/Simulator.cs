using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests;

/// <summary>The result of a run.</summary>
/// <param name="Plan">The run.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Failure">The broken promise, or null.</param>
/// <param name="Trace">The trace, if the plan asks for a trace.</param>
internal sealed record Outcome(Plan Plan, long Steps, PromiseBrokenException? Failure, Trace? Trace)
{
    /// <summary>Number of stored parts.</summary>
    public int Parts { get; init; }

    /// <summary>Windows in which the shares of streams were compared.</summary>
    public int Windows { get; init; }

    /// <summary>Recipients with a message delivered twice because the end of the first delivery could not be known.</summary>
    public int Duplicates { get; init; }
}

/// <summary>
/// Runs a world: a time with faults in which clients send, then a time without faults in which all mail has to reach its final outcome.
/// </summary>
internal sealed class Simulator
{
    private static readonly TimeSpan FaultFreePeriod = TimeSpan.FromHours(4);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(25);

    private readonly World _world;
    private readonly Clients _clients;
    private readonly FaultMaker _faults;
    private bool _isOver;

    private Simulator(Plan plan)
    {
        _world = new World(plan);
        _clients = new Clients(_world);
        _faults = new FaultMaker(_world);
    }

    /// <summary>Runs a plan to its end, or to the first broken promise.</summary>
    public static Outcome Run(Plan plan)
    {
        var simulator = new Simulator(plan);
        PromiseBrokenException? failure = null;
        try
        {
            simulator.Run();
        }
        catch (PromiseBrokenException e)
        {
            failure = e;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KeyNotFoundException or NullReferenceException)
        {
            failure = new PromiseBrokenException("crash", e.ToString());
        }

        var world = simulator._world;
        return new Outcome(plan, world.Scheduler.Steps, failure, world.Trace)
        {
            Parts = world.Ledger.Parts,
            Duplicates = world.Ledger.Duplicates,
            Windows = world.Shares?.Windows ?? 0,
        };
    }

    private void Run()
    {
        _world.Cluster.Form();
        _clients.Start();
        _faults.Start();
        if (!_world.Plan.HasStreams) _world.Operator.Start();
        _world.Scheduler.After(_world.Plan.FaultPeriod, _faults.EndFaults);
        _world.Scheduler.After(_world.Plan.FaultPeriod + LookEvery, Look);
        _world.Scheduler.After(SweepEvery, Sweep);
        while (!_isOver) _world.Scheduler.Step();
    }

    private void Sweep()
    {
        _world.Storage.Journal.Sweep();
        _world.Scheduler.After(SweepEvery, Sweep);
    }

    private void Look()
    {
        if (Quiescence.FindRest(_world) is not { } rest) _isOver = true;
        else if (_world.Scheduler.Elapsed > _world.Plan.FaultPeriod + FaultFreePeriod)
            throw new PromiseBrokenException("left", rest.What, rest.About);
        else _world.Scheduler.After(LookEvery, Look);
    }
}

namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>
/// Virtual time: actions in the order of their time, and of their arrival where times are equal. Each action is a step.
/// </summary>
internal sealed class Scheduler
{
    private readonly PriorityQueue<Action, (long At, long Order)> _steps = new();
    private long _order;

    public static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public DateTimeOffset Now { get; private set; } = Epoch;

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => Now - Epoch;

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    public void After(TimeSpan delay, Action step) => _steps.Enqueue(step, (Now.UtcTicks + Math.Max(0, delay.Ticks), _order++));

    /// <summary>Runs the next action; false when none is left.</summary>
    public bool Step()
    {
        if (!_steps.TryDequeue(out var step, out var due)) return false;
        Now = new DateTimeOffset(due.At, TimeSpan.Zero);
        Steps++;
        step();
        return true;
    }
}

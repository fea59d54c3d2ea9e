namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>
/// Virtual time: what is to happen, in the order of its time, and of its coming where times are equal. One at a time is a step.
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

    /// <summary>Takes the next step; false when nothing is left to happen.</summary>
    public bool Step()
    {
        if (!_steps.TryDequeue(out var step, out var due)) return false;
        Now = new DateTimeOffset(due.At, TimeSpan.Zero);
        Steps++;
        step();
        return true;
    }
}

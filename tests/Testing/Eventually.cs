using System.Diagnostics;

namespace Postfleet.Testing;

/// <summary>Polls a condition of the outside world (a process, a socket, a table) until it holds or a deadline passes.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan StepPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TaskLimit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <exception cref="TimeoutException">The condition did not hold within <paramref name="timeout"/>.</exception>
    public static Task True(Func<bool> condition, TimeSpan timeout, string because) =>
        True(() => Task.FromResult(condition()), timeout, because);

    /// <inheritdoc cref="True(Func{bool}, TimeSpan, string)"/>
    public static Task True(Func<Task<bool>> condition, TimeSpan timeout, string because) =>
        True(condition, timeout, () => because);

    /// <summary>
    /// Waits until a condition holds. <paramref name="because"/> is called after the deadline, so that it can describe the last state.
    /// </summary>
    /// <exception cref="TimeoutException">The condition did not hold within <paramref name="timeout"/>.</exception>
    public static async Task True(Func<Task<bool>> condition, TimeSpan timeout, Func<string> because)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > timeout)
            {
                throw new TimeoutException($"not true within {timeout.TotalSeconds:0.#} s: {because()}");
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>
    /// Moves a test's clock until a task ends. The task may begin its timer late, on another thread, so a single step may come too early;
    /// the pause after each step lets work go on that must not take long by the test's clock.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="step">Moves the clock.</param>
    /// <param name="because">What the task does.</param>
    /// <exception cref="TimeoutException">The task did not end within 30 s.</exception>
    public static async Task Done(Task task, Action step, string because)
    {
        var clock = Stopwatch.StartNew();
        while (!task.IsCompleted)
        {
            if (clock.Elapsed > TaskLimit) throw new TimeoutException($"not done within {TaskLimit.TotalSeconds:0} s: {because}");
            step();
            await Task.WhenAny(task, Task.Delay(StepPause));
        }
    }
}

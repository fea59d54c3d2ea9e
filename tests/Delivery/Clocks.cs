using Microsoft.Extensions.Time.Testing;

namespace Postfleet.Delivery.Tests;

/// <summary>Waiting for what waits by a clock of the test's own.</summary>
internal static class Clocks
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Moves the clock on, step by step, until a task is done, so that nobody waits in real time for what does not come.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="task">The task.</param>
    /// <param name="step">How far at a time.</param>
    /// <param name="patience">How long the task may work, in real time, before each step.</param>
    /// <exception cref="TimeoutException">It is not done after a minute of real time.</exception>
    public static async Task<T> RunAsync<T>(this FakeTimeProvider time, Task<T> task, TimeSpan step, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (await Task.WhenAny(task, Task.Delay(patience, CancellationToken.None)) != task)
        {
            if (limit.IsCancellationRequested) throw new TimeoutException($"not done after {Limit.TotalSeconds:0} s");
            time.Advance(step);
        }

        return await task;
    }
}

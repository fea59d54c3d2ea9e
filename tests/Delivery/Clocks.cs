using Microsoft.Extensions.Time.Testing;

namespace Postfleet.Delivery.Tests;

/// <summary>Drives tests whose timeouts run on a fake clock.</summary>
internal static class Clocks
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Advances the clock in steps until a task completes: no timeout is awaited in real time.</summary>
    /// <param name="time">The fake clock.</param>
    /// <param name="task">The task to await.</param>
    /// <param name="step">The size of each step.</param>
    /// <param name="patience">How long the task may work in real time before each step.</param>
    /// <exception cref="TimeoutException">The task has not completed after a minute of real time.</exception>
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

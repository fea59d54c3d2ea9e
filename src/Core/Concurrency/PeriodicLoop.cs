namespace Postfleet.Core.Concurrency;

/// <summary>
/// Work that a node does again and again in the background, as long as it runs: a fault of one round never ends the loop. Faults are told
/// once a minute at most. The owner starts and disposes it; the work runs on the thread pool, a round at a time.
/// </summary>
/// <param name="interval">The pause between the begins of two rounds.</param>
/// <param name="round">The work. Its token is cancelled when the loop is disposed.</param>
/// <param name="failed">Writes a fault to the log, with the name of the loop. Must not throw.</param>
/// <param name="time">The clock.</param>
public sealed class PeriodicLoop(
    TimeSpan interval, Func<CancellationToken, Task> round, Action<Exception> failed, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The shortest time between two faults that are told.</summary>
    public static readonly TimeSpan FaultInterval = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private long? _told;
    private int _disposed;

    /// <summary>Cancelled when the loop is disposed.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Starts the loop. Called once.</summary>
    /// <param name="isAtOnce">Whether the first round begins now, not after the interval.</param>
    public void Start(bool isAtOnce = false) => _running = Task.Run(() => RunAsync(isAtOnce), CancellationToken.None);

    /// <summary>Does a round, and tells its fault.</summary>
    /// <exception cref="OperationCanceledException">The loop is disposed.</exception>
    public async Task RoundAsync()
    {
        try
        {
            await round(_stop.Token);
        }
#pragma warning disable CA1031 // The next round may succeed. Without the loop, the node would never learn of later changes.
        catch (Exception e) when (!_stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (_told is { } told && time.GetElapsedTime(told) < FaultInterval) return;
            _told = time.GetTimestamp();
            failed(e);
        }
    }

    /// <summary>Ends the loop, and waits for the end of the present round. Later calls do nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(bool isAtOnce)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            if (isAtOnce) await RoundAsync();
            while (await timer.WaitForNextTickAsync(_stop.Token)) await RoundAsync();
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // The end, in the pause or in a round.
        }
    }
}

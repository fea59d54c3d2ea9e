using System.Runtime.InteropServices;
using Postfleet.Contracts.Stats;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Stops the host by SIGTERM, SIGINT and SIGQUIT, in place of the framework's own handler. SIGTERM first makes the node unready for
/// <c>Node:DrainDelay</c>, while listeners stay open: load balancers learn of the end of a node from its readiness, seconds later, and a
/// closed listener refuses clients until then. A second signal ends the delay. The host owns it; signals come on the thread pool.
/// </summary>
/// <param name="delay">The delay; zero for none.</param>
/// <param name="lifetime">Stops the host.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class DrainingLifetime(TimeSpan delay, IHostApplicationLifetime lifetime, TimeProvider time, ILogger logger)
    : IHostLifetime, IReadinessCheck, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private ITimer? _timer;

    /// <inheritdoc/>
    public string Name => "node";

    /// <inheritdoc/>
    public ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return new(_timer is null ? null : "stopping");
    }

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT })
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Stop(context.Signal == PosixSignal.SIGTERM);
            }));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        lock (_gate) _timer?.Dispose();
    }

    /// <summary>A signal has arrived.</summary>
    /// <param name="mayDrain">Whether the delay applies. A node that has not started yet has no clients and stops at once.</param>
    internal void Stop(bool mayDrain)
    {
        lock (_gate)
        {
            if (_timer is null && mayDrain && delay > TimeSpan.Zero && lifetime.ApplicationStarted.IsCancellationRequested)
            {
                NodeLog.Draining(logger, delay);
                _timer = time.CreateTimer(_ => lifetime.StopApplication(), null, delay, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        lifetime.StopApplication();
    }
}

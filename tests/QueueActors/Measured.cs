using System.Diagnostics.Metrics;
using Postfleet.QueueActors.Common;

namespace Postfleet.QueueActors.Tests;

/// <summary>Sums a counter's increments on the calling thread and its continuations, since tests share the meter.</summary>
internal sealed class Measured : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly AsyncLocal<bool> _isMine = new() { Value = true };
    private long _sum;

    public Measured(string instrument, string tag, object value)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter.Name == QueueMetrics.MeterName && published.Name == instrument) listener.EnableMeasurementEvents(published);
        };
        _listener.SetMeasurementEventCallback<long>((_, measurement, tags, _) =>
        {
            foreach (var pair in tags)
                if (_isMine.Value && pair.Key == tag && Equals(pair.Value, value)) Interlocked.Add(ref _sum, measurement);
        });
        _listener.Start();
    }

    public long Sum => Interlocked.Read(ref _sum);

    public void Dispose() => _listener.Dispose();
}

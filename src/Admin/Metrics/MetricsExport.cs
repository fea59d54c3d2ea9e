using OpenTelemetry;
using OpenTelemetry.Metrics;
using Postfleet.Admin.Options;

namespace Postfleet.Admin.Metrics;

/// <summary>
/// Collects the metrics of all modules, of this node's gauges and of the .NET runtime, by OpenTelemetry. Counting begins with this object,
/// before the modules start; without it, their instruments count nothing.
/// </summary>
internal sealed class MetricsExport : IDisposable
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);

    private readonly NodeReader _reader;
    private readonly NodeGauges _gauges;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1);
    private long? _readAt;

    public MetricsExport(AdminSettings settings, NodeReader reader, TimeProvider time)
    {
        (_reader, _time) = (reader, time);
        _gauges = new NodeGauges(settings, time);
        Provider = Sdk.CreateMeterProviderBuilder()
            // Series are bounded here, so none of them is merged with others.
            .AddMeter("Postfleet.*", "System.Runtime")
            .AddPrometheusExporter(exporter =>
            {
                (exporter.ScopeInfoEnabled, exporter.TargetInfoEnabled) = (false, false);
                exporter.ScrapeResponseCacheDurationMilliseconds = 0;
            })
            .Build();
    }

    /// <summary>The provider of the exporter.</summary>
    public MeterProvider Provider { get; }

    /// <summary>Reads the state of the node anew, unless this was done within the last second.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_readAt is { } last && _time.GetElapsedTime(last) < FreshFor) return;
            _gauges.Show(await _reader.ReadAsync(cancellationToken));
            _readAt = _time.GetTimestamp();
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        Provider.Dispose();
        _gauges.Dispose();
        _gate.Dispose();
    }
}

using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Postfleet.Admin.Options;
using Postfleet.Contracts.Tracing;

namespace Postfleet.Admin.Tracing;

/// <summary>
/// Sends the spans of sampled messages to a collector, by OTLP over HTTP, in batches on a thread of its own. A collector that does not
/// answer costs spans and no mail. Without an endpoint it does nothing.
/// </summary>
internal sealed class TraceExport : IDisposable
{
    private readonly TracerProvider? _provider;

    public TraceExport(AdminSettings settings)
    {
        var options = settings.Tracing;
        if (options.Endpoint.Length == 0) return;
        _provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(MessageTrace.SourceName)
            .SetSampler(new MessageSampler(options.OneOf))
            .ConfigureResource(resource => resource.AddService("postfleet", serviceVersion: settings.Version))
            .AddOtlpExporter(exporter =>
            {
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = new Uri(new Uri(options.Endpoint), "/v1/traces");
            })
            .Build();
    }

    /// <summary>Sends the remaining spans, for some seconds at most.</summary>
    public void Dispose() => _provider?.Dispose();
}

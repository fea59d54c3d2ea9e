namespace Postfleet.Admin.Options;

/// <summary>Section <c>Tracing</c>: traces of messages for a collector of OpenTelemetry.</summary>
public sealed record TracingOptions
{
    /// <summary>The collector, for OTLP over HTTP; empty for no traces.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>One message in this number is traced; all nodes trace the same messages.</summary>
    public int OneOf { get; init; } = 1000;
}

namespace Postfleet.Admin.Options;

/// <summary>Section <c>Metrics</c>: the metrics at <c>/metrics</c> of the admin endpoint.</summary>
public sealed record MetricsOptions
{
    /// <summary>Whether metrics are collected and served. Otherwise nothing is counted.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether a request needs the token of the API. Without a token, all requests are allowed.</summary>
    public bool NeedsToken { get; init; } = true;

    /// <summary>How many domains with the most messages have series of their own; 0 for none.</summary>
    public int Domains { get; init; } = 50;
}

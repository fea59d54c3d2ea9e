namespace Postfleet.Operations.Options;

/// <summary>The sections of the configuration for the entities of the whole cluster.</summary>
public sealed record OperationsSections
{
    /// <summary>Section <c>DmarcReports</c>.</summary>
    public DmarcReportOptions DmarcReports { get; init; } = new();

    /// <summary>Section <c>Suppression</c>.</summary>
    public SuppressionOptions Suppression { get; init; } = new();
}

using Postfleet.Configuration;
using Postfleet.Core.Concurrency;
using Postfleet.Operations.Options;

namespace Postfleet.Operations;

/// <summary>Holds the settings of the module in force and replaces them in a reload.</summary>
/// <param name="settings">The settings with which the node starts.</param>
internal sealed class OperationsReload(OperationsSections settings) : IReloadable<OperationsSections>
{
    /// <summary>Section <c>DmarcReports</c>.</summary>
    public Current<DmarcReportOptions> DmarcReports { get; } = new(settings.DmarcReports);

    /// <summary>Section <c>Suppression</c>.</summary>
    public Current<SuppressionOptions> Suppression { get; } = new(settings.Suppression);

    /// <inheritdoc/>
    public Action Prepare(OperationsSections settings) => () =>
        (DmarcReports.Value, Suppression.Value) = (settings.DmarcReports, settings.Suppression);
}

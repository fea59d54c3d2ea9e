using Postfleet.Configuration;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;

namespace Postfleet.Spool;

/// <summary>Replaces the bounds of captured mail and of the history in a reload. The next clean-up keeps them.</summary>
internal sealed class SpoolReload(CaptureBounds captured, GroupCommitSpool spool) : IReloadable<SpoolSettings>
{
    /// <inheritdoc/>
    public Action Prepare(SpoolSettings settings) => () =>
    {
        captured.Use(settings.CaptureMax, settings.CaptureMaxAge);
        spool.Use(new HistoryBounds(settings.HistoryRetention, settings.HistoryMaxBytes));
    };
}


namespace Postfleet.Spool.Options;

/// <summary>The sections of the configuration about the storage.</summary>
public sealed record SpoolSections
{
    /// <summary>Section <c>Storage</c>.</summary>
    public StorageOptions Storage { get; init; } = new();

    /// <summary>Section <c>Capture</c>.</summary>
    public CaptureOptions Capture { get; init; } = new();

    /// <summary>Section <c>History</c>.</summary>
    public HistoryOptions History { get; init; } = new();
}

using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Postfleet.Node.Options;

namespace Postfleet.Node.Logging;

/// <summary>
/// Sets level and form of the log, at the start and by a reload. The logger factory of the node asks it for the level at each change.
/// Thread-safe.
/// </summary>
internal sealed class NodeLogControl(LineLoggerProvider log, LogOptions options)
    : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private volatile LogOptions _options = options;
    private volatile CancellationTokenSource _changed = new();

    /// <inheritdoc/>
    public string? Name => Microsoft.Extensions.Options.Options.DefaultName;

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => new CancellationChangeToken(_changed.Token);

    /// <inheritdoc/>
    public void Configure(LoggerFilterOptions options) => options.MinLevel = Level(_options.Level);

    /// <summary>Returns the action that applies other options.</summary>
    public Action Prepare(LogOptions next) => () =>
    {
        var isOther = next.Level != _options.Level;
        _options = next;
        log.Use(next.Format);
        if (!isOther) return;
        using var changed = _changed;
        _changed = new CancellationTokenSource();
        changed.Cancel();
    };

    private static LogLevel Level(LogThreshold level) => level switch
    {
        LogThreshold.Trace => LogLevel.Trace,
        LogThreshold.Debug => LogLevel.Debug,
        LogThreshold.Warn => LogLevel.Warning,
        LogThreshold.Error => LogLevel.Error,
        _ => LogLevel.Information,
    };
}

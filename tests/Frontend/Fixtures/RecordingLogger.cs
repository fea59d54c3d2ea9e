using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>One line of the log.</summary>
internal sealed record LogLine(string? Event, LogLevel Level, string Text, IReadOnlyDictionary<string, object?> Fields);

/// <summary>Records log lines of level information and above.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    public IReadOnlyList<LogLine> Of(string eventName) => [.. _lines.Where(line => line.Event == eventName)];

    public IReadOnlyList<LogLine> Above(LogLevel level) => [.. _lines.Where(line => line.Level > level)];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var fields = state as IEnumerable<KeyValuePair<string, object?>> ?? [];
        _lines.Enqueue(new LogLine(eventId.Name, logLevel, formatter(state, exception), fields.ToDictionary()));
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Postfleet.Testing.Fakes;

/// <summary>Keeps all log events with their fields.</summary>
public sealed class LogCollector : ILogger
{
    public ConcurrentQueue<LogLine> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue(
            new LogLine(logLevel, eventId.Name ?? "", exception, ((IReadOnlyList<KeyValuePair<string, object?>>)state!).ToDictionary()));

    public sealed record LogLine(LogLevel Level, string Name, Exception? Cause, IReadOnlyDictionary<string, object?> Fields);
}

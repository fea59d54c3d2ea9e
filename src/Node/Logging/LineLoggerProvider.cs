using System.Collections.Concurrent;
using Postfleet.Node.Options;

namespace Postfleet.Node.Logging;

/// <summary>
/// The node's log: a line for each event, as text (<c>time level event key=value …</c>) or as JSON. Lines are formatted on the caller's
/// thread and written in batches by one writer. When the reader of the output is too slow, lines are dropped and counted, so that mail is
/// not delayed.
/// </summary>
internal sealed class LineLoggerProvider : ILoggerProvider, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);
    private volatile ILineFormat _format;
    private readonly LineWriter _writer;
    private readonly TimeProvider _time;

    public LineLoggerProvider(Stream output, LogFormat format, TimeProvider time)
    {
        _time = time;
        _format = Of(format);
        _writer = new LineWriter(
            output, time, dropped => Format(LogLevel.Warning, "Log", new EventId(0, "lines dropped"), [new("Lines", dropped)], null, ""));
    }

    /// <summary>Changes the form of later lines.</summary>
    public void Use(LogFormat format) => _format = Of(format);

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName, name => new LineLogger(this, Shorten(name)));

    /// <summary>Writes the queued lines and ends the writer.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    // Loggers may outlive their factory, so only the owner of this provider ends it, with DisposeAsync.
    void IDisposable.Dispose()
    {
    }

    private static ILineFormat Of(LogFormat format) => format == LogFormat.Json ? new JsonFormat() : new TextFormat();

    private static string Shorten(string category) => category[(category.LastIndexOf('.') + 1)..];

    private void Write(
        LogLevel level, string category, EventId id, IReadOnlyList<KeyValuePair<string, object?>>? fields, Exception? exception,
        string message) =>
        _writer.Write(Format(level, category, id, fields, exception, message));

    private byte[] Format(
        LogLevel level, string category, EventId id, IReadOnlyList<KeyValuePair<string, object?>>? fields, Exception? exception,
        string message) =>
        _format.Format(new LogLine(_time.GetUtcNow(), level, category, id.Name ?? "", fields ?? [], exception, message));

    private sealed class LineLogger(LineLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var fields = state as IReadOnlyList<KeyValuePair<string, object?>>;
            // The fields of a named event are complete. The message is written only for events without a name or without fields.
            var message = eventId.Name is { Length: > 0 } && fields is { Count: > 1 } ? "" : formatter(state, exception);
            provider.Write(logLevel, category, eventId, fields, exception, message == eventId.Name ? "" : message);
        }
    }
}

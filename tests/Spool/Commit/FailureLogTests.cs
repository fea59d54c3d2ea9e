using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Spool.Commit;
using Postfleet.Storage;
using Postfleet.Storage.Commit;

namespace Postfleet.Spool.Tests.Commit;

public sealed class FailureLogTests : ILogger
{
    private static readonly WriteFailure Failure = new(FailureKind.Storage, new TimeoutException("gone"));

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _lines = [];

    [Fact]
    public void A_storm_of_failures_is_a_line_now_and_then_with_their_number()
    {
        var log = new FailureLog(this, _time);
        for (var i = 0; i < 1000; i++) log.Failed(Failure, 10);
        Assert.Single(_lines);
        _time.Advance(FailureLog.Interval);
        log.Failed(Failure, 10);
        Assert.Equal(2, _lines.Count);
        Assert.Contains("10000 refused", _lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Recovery_is_logged_after_an_interval_without_failures()
    {
        var log = new FailureLog(this, _time);
        log.Succeeded();
        log.Failed(Failure, 1);
        log.Succeeded();
        Assert.Single(_lines);
        _time.Advance(FailureLog.Interval);
        log.Succeeded();
        log.Succeeded();
        Assert.Equal(2, _lines.Count);
        Assert.Contains("succeed again", _lines[1], StringComparison.Ordinal);
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Add(formatter(state, exception));
}

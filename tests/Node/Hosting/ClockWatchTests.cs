using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Clocks;
using Postfleet.Node.Hosting;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Node.Tests.Hosting;

public sealed class ClockWatchTests : IDisposable
{
    private readonly FakeTimeProvider _elapsed = new(new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.Zero));
    private readonly SteppedTime _machine;
    private readonly Log _log = new();
    private readonly ClockWatch _watch;

    public ClockWatchTests()
    {
        _machine = new SteppedTime(_elapsed);
        _watch = new ClockWatch(new SteadyTimeProvider(_machine), _log);
    }

    public void Dispose() => _watch.Dispose();

    [Theory]
    [InlineData(-7200, "back")]
    [InlineData(7200, "forward")]
    public void Step_is_logged_once_with_its_length(double seconds, string direction)
    {
        Set(seconds);
        for (var i = 0; i < 100; i++) _elapsed.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([("clock set", seconds, direction)], _log.Lines);
    }

    [Fact]
    public void Clock_set_right_again_is_logged_as_another_step()
    {
        foreach (var seconds in (double[])[7200, -7200, -3])
        {
            Set(seconds);
            _elapsed.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([7200, -7200, -3], _log.Lines.Select(line => line.Seconds));
    }

    [Fact]
    public void Small_steps_are_logged_when_their_sum_is_large()
    {
        for (var i = 0; i < 4; i++)
        {
            Set(0.6);
            _elapsed.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([2.4], _log.Lines.Select(line => line.Seconds));
    }

    [Fact]
    public void Time_that_passes_unnoticed_is_no_step()
    {
        // While a process stands still or a machine is suspended, both clocks continue.
        _elapsed.Advance(TimeSpan.FromHours(8));
        Assert.Empty(_log.Lines);
    }

    private void Set(double seconds) => _machine.Ahead += TimeSpan.FromSeconds(seconds);

    private sealed class Log : ILogger
    {
        public List<(string Name, double Seconds, string Direction)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var fields = ((IReadOnlyList<KeyValuePair<string, object?>>)state!).ToDictionary();
            Lines.Add((eventId.Name!, (double)fields["Seconds"]!, (string)fields["Direction"]!));
        }
    }
}

using System.Collections;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Stats;
using Postfleet.Node.Hosting;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Node.Tests.Hosting;

public sealed class SystemdWatchdogTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = Period / 3;

    private readonly FakeTimeProvider _time = new();
    private readonly LogCollector _log = new();
    private readonly List<string> _states = [];
    private readonly FakeSign _actors = new("actors");
    private readonly FakeSign _other = new("other");

    [Theory]
    [InlineData("60000000", null, 60)]
    [InlineData("60000000", "7", 60)]
    [InlineData("60000000", "8", null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("soon", null, null)]
    [InlineData("99999999999999999999", null, null)]
    [InlineData("999999999999999999", null, null)]
    [InlineData("", null, null)]
    [InlineData(null, "7", null)]
    public void Period_is_of_the_environment_of_this_process(string? period, string? process, int? seconds)
    {
        var environment = new Hashtable { ["WATCHDOG_USEC"] = period, ["WATCHDOG_PID"] = process };
        Assert.Equal(seconds, (int?)SystemdWatchdog.Period(environment, 7)?.TotalSeconds);
    }

    [Fact]
    public void Healthy_node_sends_three_messages_in_each_period()
    {
        using var watchdog = Start();
        Assert.Equal(["WATCHDOG=1"], _states);
        for (var i = 0; i < 3; i++) _time.Advance(Interval);
        Assert.Equal(4, _states.Count);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void Part_without_an_answer_stops_the_messages_and_is_named_once()
    {
        using var watchdog = Start();
        _actors.Hang();
        for (var i = 0; i < 4; i++) _time.Advance(Interval);
        Assert.Single(_states);
        var line = Assert.Single(_log.Lines);
        Assert.Equal(("watchdog withheld", "actors", Interval), (line.Name, line.Fields["Silent"], line.Fields["Elapsed"]));

        _actors.Answer();
        Assert.Equal(2, _states.Count);
        Assert.Equal(3 * Interval, Assert.Single(_log.Lines, each => each.Name == "watchdog resumed").Fields["Elapsed"]);
        _time.Advance(Interval);
        Assert.Equal(3, _states.Count);
    }

    [Fact]
    public void Probe_that_fails_is_logged_with_its_fault_and_tried_again()
    {
        using var watchdog = Start();
        _other.Fault = new InvalidOperationException("no probe");
        _time.Advance(Interval);
        _time.Advance(Interval);
        Assert.Single(_states);
        var line = Assert.Single(_log.Lines);
        Assert.Same(_other.Fault, line.Cause);
        _other.Fault = null;
        _time.Advance(Interval);
        Assert.Equal(2, _states.Count);
    }

    [Fact]
    public void Disposed_watchdog_is_silent()
    {
        var watchdog = Start();
        _actors.Hang();
        _time.Advance(Interval);
        watchdog.Dispose();
        _actors.Answer();
        _time.Advance(Interval);
        Assert.Single(_states);
        Assert.Empty(_log.Lines);
    }

    private SystemdWatchdog Start()
    {
        var watchdog = new SystemdWatchdog(Period, [_actors, _other], _states.Add, _time, _log);
        _time.Advance(TimeSpan.Zero);
        return watchdog;
    }

    private sealed class FakeSign(string name) : ILifeSign
    {
        private TaskCompletionSource? _hanging;

        public string Name => name;

        public Exception? Fault { get; set; }

        public void Hang() => _hanging = new TaskCompletionSource();

        public void Answer()
        {
            var hanging = _hanging!;
            _hanging = null;
            hanging.SetResult();
        }

        public Task ProbeAsync(CancellationToken cancellationToken) =>
            Fault is { } fault ? Task.FromException(fault) : _hanging?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;
    }
}

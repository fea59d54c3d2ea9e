using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Node.Hosting;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Node.Tests.Hosting;

public sealed class DrainingLifetimeTests : IDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly FakeLifetime _host = new();
    private readonly LogCollector _log = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task Sigterm_makes_the_node_unready_and_stops_it_after_the_delay()
    {
        using var lifetime = Started(Delay);
        Assert.Null(await lifetime.CheckAsync(default));
        lifetime.Stop(mayDrain: true);
        Assert.Equal("stopping", await lifetime.CheckAsync(default));
        Assert.Single(_log.Lines, line => line.Name == "draining");
        _time.Advance(Delay - TimeSpan.FromMilliseconds(1));
        Assert.False(_host.IsStopped);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(_host.IsStopped);
        Assert.Equal("stopping", await lifetime.CheckAsync(default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Second_signal_ends_the_delay(bool mayDrain)
    {
        using var lifetime = Started(Delay);
        lifetime.Stop(mayDrain: true);
        lifetime.Stop(mayDrain);
        Assert.True(_host.IsStopped);
    }

    [Fact]
    public void Other_signals_stop_at_once()
    {
        using var lifetime = Started(Delay);
        lifetime.Stop(mayDrain: false);
        Assert.True(_host.IsStopped);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void Sigterm_without_a_delay_stops_at_once()
    {
        using var lifetime = Started(TimeSpan.Zero);
        lifetime.Stop(mayDrain: true);
        Assert.True(_host.IsStopped);
    }

    [Fact]
    public void Sigterm_during_the_start_stops_at_once()
    {
        using var lifetime = new DrainingLifetime(Delay, _host, _time, _log);
        lifetime.Stop(mayDrain: true);
        Assert.True(_host.IsStopped);
    }

    private DrainingLifetime Started(TimeSpan delay)
    {
        _host.Start();
        return new DrainingLifetime(delay, _host, _time, _log);
    }

    private sealed class FakeLifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _started = new();
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => _started.Token;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public bool IsStopped => _stopping.IsCancellationRequested;

        public void Start() => _started.Cancel();

        public void StopApplication() => _stopping.Cancel();

        public void Dispose()
        {
            _started.Dispose();
            _stopping.Dispose();
        }
    }
}

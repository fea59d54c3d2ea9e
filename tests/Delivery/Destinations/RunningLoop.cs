using System.Threading.Channels;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Destinations.State;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>A running connection loop and its events, for tests that send it jobs.</summary>
internal sealed class RunningLoop : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<ConnectionEvent> _said = Channel.CreateUnbounded<ConnectionEvent>();
    private readonly ConnectionLoop _loop;
    private bool _isOpen;

    public RunningLoop(DeliveryTarget target, ConnectionServices services, CancellationToken stopped, CancellationToken abandoned)
    {
        Connector = services.Connector;
        _loop = new ConnectionLoop(1, target, services, () => 100, said => _said.Writer.TryWrite(said));
        Ended = Task.Run(() => _loop.RunAsync(stopped, abandoned), CancellationToken.None);
    }

    public SiteConnector Connector { get; }

    public Task Ended { get; }

    public async Task<ConnectionEvent.Ended> RunAsync(Job job)
    {
        if (!_isOpen) Assert.IsType<ConnectionEvent.Opened>(await _said.Reader.ReadAsync().AsTask().WaitAsync(Patience));
        _isOpen = true;
        _loop.Send(job);
        return Assert.IsType<ConnectionEvent.Ended>(await _said.Reader.ReadAsync().AsTask().WaitAsync(Patience));
    }

    public async ValueTask DisposeAsync()
    {
        _loop.Close();
        await Ended.WaitAsync(Patience);
    }
}

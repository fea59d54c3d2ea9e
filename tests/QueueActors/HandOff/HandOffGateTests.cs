using Microsoft.Extensions.Time.Testing;
using Postfleet.QueueActors.HandOff;
using Xunit;

namespace Postfleet.QueueActors.Tests.HandOff;

public sealed class HandOffGateTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly HandOffGate _gate;

    public HandOffGateTests() => _gate = new HandOffGate(_time);

    [Fact]
    public async Task Clients_wait_at_a_closed_gate_until_it_opens()
    {
        await _gate.PassAsync(default);
        _gate.IsClosed = true;
        _gate.IsClosed = true;
        var passing = _gate.PassAsync(default).AsTask();
        Assert.False(passing.IsCompleted);
        _gate.IsClosed = false;
        await passing;
        await _gate.PassAsync(default);
    }

    [Fact]
    public async Task Waiting_at_the_gate_is_bounded()
    {
        _gate.IsClosed = true;
        var passing = _gate.PassAsync(default).AsTask();
        _time.Advance(HandOffGate.Longest - TimeSpan.FromMilliseconds(1));
        Assert.False(passing.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await passing;
        Assert.True(_gate.IsClosed);
    }

    [Fact]
    public async Task Waiting_at_the_gate_can_be_cancelled()
    {
        _gate.IsClosed = true;
        using var source = new CancellationTokenSource();
        var passing = _gate.PassAsync(source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => passing);
    }
}

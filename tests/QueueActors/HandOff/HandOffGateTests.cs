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
    public async Task Who_comes_while_it_is_closed_waits_until_it_opens()
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
    public async Task Nobody_waits_for_longer_than_the_longest_time()
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
    public async Task A_wait_can_be_given_up()
    {
        _gate.IsClosed = true;
        using var source = new CancellationTokenSource();
        var passing = _gate.PassAsync(source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => passing);
    }
}

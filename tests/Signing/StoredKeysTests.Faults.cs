using Postfleet.Signing.Stored;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Signing.Tests.Fixtures.SignerBench;

namespace Postfleet.Signing.Tests;

/// <summary>Faults of the program in the loop of a node.</summary>
public sealed partial class StoredKeysTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fault_does_not_end_the_polls(bool isCancelled)
    {
        var (first, node) = (Node(), Node());
        await MakeAsync(first, "s1");
        await node.Stored.StartAsync(default);
        Assert.True(Signs(node));
        _rows.Fault = isCancelled ? new OperationCanceledException("late") : new InvalidOperationException("a fault of the program");
        await UntilAsync(() => _bench.Log.Lines.Any(line => line.Name == "signing keys unknown"));

        _rows.Fault = null;
        await first.Keys.RetireAsync(Domain, "s1", default);
        await UntilAsync(() => !Signs(node));
    }

    [Fact]
    public async Task A_fault_does_not_end_the_looks()
    {
        var node = Node();
        var made = (await node.Keys.CreateAsync(Domain, "s1", "", true, default))!;
        var zone = _dns;
        _dns = null!;
        await node.Stored.StartAsync(default);
        await UntilAsync(() => _bench.Log.Lines.Any(line => line.Name == "signing key look failed"));

        _dns = zone.Text("s1._domainkey.example.org", made.Record);
        await UntilAsync(() => _bench.Log.Lines.Any(line => line.Name == "signing key published"));
    }

    [Theory]
    [InlineData("example.org/s2", """{"createdAt":"2026-01-01T00:00:00Z","private":"","private":""}""")]
    [InlineData("example.org/", """{"createdAt":"2026-01-01T00:00:00Z"}""")]
    [InlineData("example.org/s2", """{"createdAt":"9999-12-31T23:59:59-14:00"}""")]
    [InlineData("example.org/s2", """{"createdAt":[]}""")]
    public async Task A_damaged_row_hides_no_later_change(string name, string data)
    {
        var node = Node();
        await MakeAsync(node, "s1");
        await _rows.WriteAsync(name, data, null, Now, default);
        await node.Keys.RetireAsync(Domain, "s1", default);
        await LookAsync(node);
        Assert.False(Signs(node));
        Assert.Contains(_bench.Log.Lines, line => line.Name == "signing key damaged");
    }

    // The clock moves until the loop of a node has seen to it.
    private Task UntilAsync(Func<bool> condition) => Eventually.True(
        () =>
        {
            _bench.Time.Advance(StoredKeys.Interval);
            return Task.FromResult(condition());
        },
        TimeSpan.FromSeconds(20), "the loop goes on");
}

using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>
/// A <see cref="FaultNode"/> with the default settings for many tests, because the start of a node takes longer than most of the tests.
/// Each test has domains, hosts and sinks of its own, so that no state of a queue or of a destination is left to the next test. Each test
/// returns the node without mail. After a failed test the next test gets a new node.
/// </summary>
public sealed class SharedFaultNode : IAsyncLifetime
{
    // Enough for all tests of the collection, even if each gets a new node.
    private const int Tests = 100;

    private FaultNode? _node;
    private bool _isInUse;
    private int _port;
    private int _tests;

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Gets a part of the node. A test that passes returns it with <see cref="FaultPart.ReturnAsync"/>.</summary>
    internal async Task<FaultPart> TakeAsync()
    {
        if (_isInUse) await DisposeAsync();
        _isInUse = true;
        _node ??= await FaultNode.StartAsync(_port = FreePort.Tcp(), Records());
        return new FaultPart(_node.Node, _port, ++_tests, () => _isInUse = false);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_node is { } node)
        {
            _node = null;
            await node.DisposeAsync();
        }
    }

    private static DnsRecords Records()
    {
        var records = new DnsRecords().NullMx("null.test");
        for (var test = 1; test <= Tests; test++) FaultPart.AddRecords(records, test);
        return records;
    }
}

/// <summary>The classes whose tests share a node.</summary>
[CollectionDefinition(Name)]
public sealed class SharedFaultNodeTests : ICollectionFixture<SharedFaultNode>
{
    public const string Name = "shared fault node";
}

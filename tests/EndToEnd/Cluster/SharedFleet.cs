using Xunit;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// One fleet for the scenarios that need no configuration of their own: each leaves it as it found it, all nodes up and no mail in it.
/// After a test that failed the next one gets a new fleet.
/// </summary>
public sealed class SharedFleet : IAsyncLifetime
{
    private Fleet? _fleet;
    private bool _isInUse;

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>The fleet; give it back with <see cref="Return"/> when all is well.</summary>
    internal async Task<Fleet> TakeAsync()
    {
        if (_isInUse)
        {
            await DisposeAsync();
        }

        _isInUse = true;
        return _fleet ??= await Fleet.StartAsync();
    }

    /// <summary>The fleet is as it was.</summary>
    internal void Return() => _isInUse = false;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_fleet is { } fleet)
        {
            _fleet = null;
            await fleet.DisposeAsync();
        }
    }
}

/// <summary>The classes whose tests share a fleet.</summary>
[CollectionDefinition(Name)]
public sealed class SharedFleetTests : ICollectionFixture<SharedFleet>
{
    public const string Name = "shared fleet";
}

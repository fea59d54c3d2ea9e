using Xunit;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// A fleet shared by scenarios without a special configuration. Each test returns it with all nodes up and no mail. After a failed test the
/// next test gets a new fleet.
/// </summary>
public sealed class SharedFleet : IAsyncLifetime
{
    private Fleet? _fleet;
    private bool _isInUse;

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Gets the fleet. A test that passes returns it with <see cref="Return"/>.</summary>
    internal async Task<Fleet> TakeAsync()
    {
        if (_isInUse)
        {
            await DisposeAsync();
        }

        _isInUse = true;
        return _fleet ??= await Fleet.StartAsync();
    }

    /// <summary>Returns the fleet in its initial state.</summary>
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

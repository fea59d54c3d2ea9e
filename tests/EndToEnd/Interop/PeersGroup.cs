using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>The tests that share the servers of one <see cref="Peers"/>.</summary>
[CollectionDefinition(Name)]
public sealed class PeersGroup : ICollectionFixture<Peers>
{
    /// <summary>What the tests call it.</summary>
    public const string Name = "peers";
}

using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>The tests that share the servers of one <see cref="Peers"/>.</summary>
[CollectionDefinition(Name)]
public sealed class PeersGroup : ICollectionFixture<Peers>
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "peers";
}

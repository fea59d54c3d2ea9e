using Akka.Actor;
using CsCheck;
using Postfleet.Contracts.Events;
using Postfleet.Contracts.Serialization;
using Xunit;

namespace Postfleet.Contracts.Tests;

/// <summary>Every type of the protocol survives the wire whole, by the serializer that the actor system itself chooses.</summary>
public sealed class RoundTripTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("round-trip", PostfleetSerialization.Config);

    public static TheoryData<string> Types => [.. SerializationCheck.ProtocolTypes().Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(Types))]
    public void What_is_read_is_what_was_written(string typeName)
    {
        var type = typeof(IProtocolMessage).Assembly.GetType(typeName, throwOnError: true)!;
        Assert.True(ProtocolGen.Messages.TryGetValue(type, out var gen), $"add a generator for {type.Name} to {nameof(ProtocolGen)}");
        gen.Sample(message =>
        {
            var serializer = _system.Serialization.FindSerializerFor(message);
            Assert.IsType<PostfleetSerializer>(serializer);
            var manifest = Akka.Serialization.Serialization.ManifestFor(serializer, message);
            var read = _system.Serialization.Deserialize(serializer.ToBinary(message), serializer.Identifier, manifest);
            Assert.Equal(Rendering.Of(message), Rendering.Of(read));
        }, iter: 300);
    }

    [Fact]
    public void The_generators_vary_every_property()
    {
        // Else a field that the serializer forgets would read back as the default that the generator gave it.
        var seen = new Dictionary<string, HashSet<string>>();
        foreach (var gen in ProtocolGen.Messages.Values)
        {
            gen.Sample(message => Rendering.Collect(message, seen), iter: 200, threads: 1);
        }

        Assert.Empty(seen.Where(property => property.Value.Count < 2).Select(property => property.Key));
    }

    [Fact]
    public void Every_kind_of_event_has_a_generator()
    {
        var kinds = typeof(IQueueEvent).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && typeof(IQueueEvent).IsAssignableFrom(type));
        Assert.Equal(kinds.Select(kind => kind.Name).Order(), ProtocolGen.Events.Keys.Select(kind => kind.Name).Order());
    }

    [Fact]
    public void The_check_at_start_passes_with_the_binding_and_names_what_is_wrong_without()
    {
        SerializationCheck.Verify(_system);
        using var bare = ActorSystem.Create("bare");
        var error = Assert.Throws<InvalidOperationException>(() => SerializationCheck.Verify(bare));
        Assert.Contains("not to PostfleetSerializer", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Manifests_are_short_versioned_and_different()
    {
        var serializer = new PostfleetSerializer((ExtendedActorSystem)_system);
        var manifests = ProtocolGen.Messages.Values.Select(gen => serializer.Manifest(gen.Single())).ToList();
        Assert.All(manifests, manifest => Assert.Matches("^[a-z]{3,4}[0-9]+$", manifest));
        Assert.Equal(manifests.Count, manifests.Distinct().Count());
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();
}

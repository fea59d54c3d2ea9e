using System.Reflection;
using System.Runtime.Serialization;
using Akka.Actor;
using CsCheck;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Serialization;
using Xunit;

namespace Postfleet.Testing.Formats;

/// <summary>
/// The tests of a module's wire and journal formats. Its released bytes, as they stand in journals and come from older nodes, are in the
/// folder <c>Golden</c> of the module's tests, in files that begin with their manifest: they must always be readable, and the
/// current formats must write the same bytes.
/// </summary>
/// <param name="module">The assembly of the module.</param>
/// <param name="formats">The formats that the module registers.</param>
/// <param name="samples">The record of each golden file. A released one never changes: a new field gets a new sample.</param>
/// <param name="generators">A generator for each type that has a format.</param>
public abstract class FormatContract(
    Assembly module, IReadOnlyList<Codec> formats, IReadOnlyDictionary<string, IProtocolMessage> samples,
    IReadOnlyDictionary<Type, Gen<IProtocolMessage>> generators) : IAsyncLifetime
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    private readonly ActorSystem _system = FormatSystems.Create(formats);

    /// <summary>The serializer of an actor system with the module's formats.</summary>
    protected PostfleetSerializer Serializer => new((ExtendedActorSystem)_system);

    [Fact]
    public void Released_bytes_are_still_read()
    {
        foreach (var (name, sample) in samples)
        {
            var bytes = Convert.FromHexString(ReadGolden(name));
            var read = _system.Serialization.Deserialize(bytes, PostfleetSerializer.SerializerId, ManifestOf(name));
            Assert.Equal($"{name}: {Rendering.Of(sample)}", $"{name}: {Rendering.Of(read)}");
        }
    }

    [Fact]
    public void Released_bytes_are_written()
    {
        foreach (var (name, sample) in samples)
        {
            var written = Convert.ToHexStringLower(Serializer.ToBinary(sample));
            Assert.True(
                File.Exists(GoldenFile(name)), $"a new format; when it is final, add Golden/{name}.hex to its tests:\n{Lines(written)}");
            Assert.Equal($"{name}\n{Lines(ReadGolden(name))}", $"{name}\n{Lines(written)}");
            Assert.Equal(ManifestOf(name), Serializer.Manifest(sample));
        }
    }

    [Fact]
    public void Every_golden_file_has_a_sample()
    {
        var files = Directory.GetFiles(Folder, "*.hex").Select(file => Path.GetFileNameWithoutExtension(file));
        Assert.Equal(samples.Keys.Order(), files.Order());
    }

    [Fact]
    public void Every_message_of_the_module_has_a_format_a_sample_and_a_generator()
    {
        var types = SerializationCheck.ProtocolTypes(module).ToHashSet();
        Assert.NotEmpty(types);
        Assert.All(types, type => Assert.True(Serializer.Covers(type), $"no format for {type}"));
        Assert.Equal(types, samples.Values.Select(sample => sample.GetType()).ToHashSet());
        Assert.Equal(types, generators.Keys.ToHashSet());
    }

    [Fact]
    public void Manifests_are_short_versioned_and_different()
    {
        var manifests = generators.Values.Select(gen => Serializer.Manifest(gen.Single())).ToList();
        Assert.All(manifests, manifest => Assert.Matches("^[a-z]{3,4}[0-9]+$", manifest));
        Assert.Equal(manifests.Count, manifests.Distinct().Count());
    }

    [Fact]
    public void Records_survive_the_wire_whole()
    {
        foreach (var gen in generators.Values)
        {
            gen.Sample(message =>
            {
                // The serializer that the actor system itself chooses.
                var serializer = Assert.IsType<PostfleetSerializer>(_system.Serialization.FindSerializerFor(message));
                var read = _system.Serialization.Deserialize(
                    serializer.ToBinary(message), serializer.Identifier, serializer.Manifest(message));
                Assert.Equal(Rendering.Of(message), Rendering.Of(read));
            }, iter: 300);
        }
    }

    [Fact]
    public void Generators_vary_every_property()
    {
        // Otherwise a field that the format forgets would read back as the default that the generator gave it.
        var seen = new Dictionary<string, HashSet<string>>();
        foreach (var gen in generators.Values) gen.Sample(message => Rendering.Collect(message, seen), iter: 200, threads: 1);
        Assert.Empty(seen.Where(property => property.Value.Count < 2).Select(property => property.Key));
    }

    [Fact]
    public void Arbitrary_bytes_are_read_or_refused()
    {
        var manifests = generators.Values.Select(gen => Serializer.Manifest(gen.Single())).ToArray();
        Gen.Select(Gen.OneOf(manifests), Gen.Byte.Array[0, 200]).Sample(AssertReadOrRefused, iter: 5_000);
    }

    [Fact]
    public void Damaged_bytes_are_read_or_refused()
    {
        var gen = Gen.OneOf([.. generators.Values]);
        Gen.Select(gen, Gen.Int[0, int.MaxValue], Gen.Byte).Sample(
            (message, place, value) =>
            {
                var bytes = Serializer.ToBinary(message);
                if (bytes.Length == 0) return;
                bytes[place % bytes.Length] = value;
                AssertReadOrRefused(Serializer.Manifest(message), bytes);
            },
            iter: 2_000);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    private void AssertReadOrRefused(string manifest, byte[] bytes)
    {
        try
        {
            Assert.NotNull(Serializer.FromBinary(bytes, manifest));
        }
        catch (SerializationException)
        {
            // Refused, as it should be; any other exception fails the test.
        }
    }

    private static string ManifestOf(string name) => name.Split('-')[0];

    private static string GoldenFile(string name) => Path.Combine(Folder, $"{name}.hex");

    private static string ReadGolden(string name) => File.ReadAllText(GoldenFile(name)).ReplaceLineEndings("");

    private static string Lines(string hex) => string.Join('\n', hex.Chunk(64).Select(line => new string(line)));
}

using Akka.Actor;
using Postfleet.Contracts.Serialization;
using Xunit;

namespace Postfleet.Contracts.Tests;

/// <summary>
/// Bytes of each released format, as they stand in journals and come from older nodes. Reading them must always work. Those of the current
/// format must also be what is written now; when a format gets a successor, its files move out of <see cref="Samples"/>' current names
/// and stay readable.
/// </summary>
public sealed class GoldenBytesTests : IAsyncLifetime
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    private readonly ActorSystem _system = ActorSystem.Create("golden", PostfleetSerialization.Config);

    public static TheoryData<string> Names => [.. Samples.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Released_bytes_are_still_read(string name)
    {
        var bytes = Convert.FromHexString(File.ReadAllText(Path.Combine(Folder, $"{name}.hex")).ReplaceLineEndings(""));
        var read = _system.Serialization.Deserialize(bytes, PostfleetSerializer.SerializerId, name.Split('-')[0]);
        Assert.Equal(Rendering.Of(Samples.All[name]), Rendering.Of(read));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_written_now_is_the_released_format(string name)
    {
        var serializer = new PostfleetSerializer((ExtendedActorSystem)_system);
        var written = Convert.ToHexStringLower(serializer.ToBinary(Samples.All[name]));
        var path = Path.Combine(Folder, $"{name}.hex");
        Assert.True(File.Exists(path), $"a new format; when it is final, add tests/Core/Golden/{name}.hex:\n{Lines(written)}");
        Assert.Equal(Lines(File.ReadAllText(path).ReplaceLineEndings("")), Lines(written));
        Assert.Equal(name.Split('-')[0], serializer.Manifest(Samples.All[name]));
    }

    [Fact]
    public void Every_golden_file_has_a_sample()
    {
        var files = Directory.GetFiles(Folder, "*.hex").Select(file => Path.GetFileNameWithoutExtension(file)).Order();
        Assert.Equal(Samples.All.Keys.Order(), files);
    }

    [Fact]
    public void Every_type_of_the_protocol_has_a_sample() => Assert.Equal(
        SerializationCheck.ProtocolTypes().Select(type => type.Name).Order(),
        Samples.All.Values.Select(sample => sample.GetType().Name).Distinct().Order());

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    private static string Lines(string hex) => string.Join('\n', hex.Chunk(64).Select(line => new string(line)));
}

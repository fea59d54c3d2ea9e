using System.Text;
using System.Text.Json;
using CsCheck;
using Postfleet.Frontend.Filters.Hooks;
using Postfleet.Frontend.Tests.Protocol;
using Xunit;

namespace Postfleet.Frontend.Tests.Filters;

public sealed class JsonTextTests
{
    private static readonly Gen<byte[]> Octets = Gen.OneOf(
        Gen.Byte.Array[0, 40], Gen.String[0, 40].Select(Encoding.UTF8.GetBytes),
        Gen.Int[4090, 4100].Select(
            length => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("\U0001f600", length / 4)) + "x\u00e4")));

    [Fact]
    public void Any_octets_become_the_same_text_in_any_segments() => Gen.Select(Octets, Gen.Int[0, 5000]).Sample((octets, cut) =>
    {
        var sequence = Sequences.Split(octets, Math.Min(cut, octets.Length));
        using var stream = new MemoryStream();
        JsonText.WriteAsync(sequence, stream, CancellationToken.None).GetAwaiter().GetResult();
        Assert.Equal(stream.Length, JsonText.Measure(sequence));
        using var json = JsonDocument.Parse($"\"{Encoding.UTF8.GetString(stream.ToArray())}\"");
        Assert.Equal(Encoding.UTF8.GetString(octets), json.RootElement.GetString());
    }, iter: 500);
}

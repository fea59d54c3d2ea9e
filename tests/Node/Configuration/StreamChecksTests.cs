using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>The checks of streams.</summary>
public sealed class StreamChecksTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData("Streams:0:Weight=2", "Streams:0:Name is missing; allowed: 1 to 32 letters, digits, - and _")]
    [InlineData("Streams:0:Name=a.b", "Streams:0:Name is 'a.b'; allowed: 1 to 32 letters, digits, - and _")]
    [InlineData("Streams:0:Name=a Streams:1:Name=A", "Streams:1:Name is 'a', as is Streams:0:Name; allowed: a name of its own")]
    [InlineData("Streams:0:Name=a Streams:0:Weight=0", "Streams:0:Weight is '0'; allowed: a whole number of 1 to 1000")]
    [InlineData(
        "Streams:0:Name=a Streams:0:Lifetime=1h", "Streams:0:Lifetime is '1h'; allowed: at least Queues:MaxRetry, which is 4h")]
    [InlineData(
        "Streams:0:Name=a Streams:0:MaxRetry=1m", "Streams:0:MaxRetry is '1m'; allowed: at least Queues:FirstRetry, which is 5m")]
    [InlineData(
        "Streams:0:Name=a Streams:0:FirstRetry=1h Queues:Domains:0:Domain=* Queues:Domains:0:MaxRetry=10m",
        "Queues:Domains:0:MaxRetry is '10m'; allowed: at least Streams:0:FirstRetry, which is 1h")]
    [InlineData(
        "Listeners:0:Endpoint=127.0.0.1:2525 Listeners:0:Stream=a.b",
        "Listeners:0:Stream is 'a.b'; allowed: the name of a stream, or empty")]
    public void Wrong_streams_are_refused(string arguments, string error)
    {
        _sources.Arguments.AddRange(arguments.Split(' ').Select(argument => $"--{argument}"));

        Assert.StartsWith(error, _sources.LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Number_of_streams_is_bounded()
    {
        _sources.Arguments.AddRange(Enumerable.Range(0, 101).Select(index => $"--Streams:{index}:Name=s{index}"));

        Assert.Equal("Streams has 101 entries; allowed: at most 100", _sources.LoadError());
    }

    [Fact]
    public void Streams_are_printed_with_the_values_that_they_have()
    {
        _sources.Arguments.AddRange(
            ["--Streams:0:Name=Bulk", "--Streams:0:Lifetime=2d", "--Streams:1:Name=urgent", "--Streams:1:Weight=10"]);

        var streams = _sources.LoadOptions().Streams;
        Assert.Equal(
            [("bulk", 1, TimeSpan.FromDays(2)), ("urgent", 10, null)], streams.Select(each => (each.Name, each.Weight, each.Lifetime)));
    }
}

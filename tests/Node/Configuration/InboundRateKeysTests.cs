using Postfleet.Frontend.Options;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>The keys of rates of strangers.</summary>
public sealed class InboundRateKeysTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData("--Inbound:Rates:0:By=network", "Inbound:Rates:0:Rate is missing; allowed: 1 to 4 rates with spaces between them, such")]
    [InlineData("--Inbound:Rates:0:Rate=5", "Inbound:Rates:0:Rate is '5'; allowed: 1 to 4 rates with spaces between them, such as ")]
    [InlineData("--Inbound:Rates:0:Rate=5/s 6/s", "Inbound:Rates:0:Rate is '5/s 6/s'; allowed: 1 to 4 rates ")]
    [InlineData(
        "--Inbound:Rates:0:Rate=5/s,--Inbound:Rates:0:Count=connections,--Inbound:Rates:0:By=sender",
        "Inbound:Rates:0:By is 'sender'; allowed: address or network, since Inbound:Rates:0:Count is 'connections'")]
    [InlineData(
        "--Inbound:Rates:0:Rate=5/s,--Inbound:Rates:1:Rate=6/m",
        "Inbound:Rates:1 counts what Inbound:Rates:0 counts, by the same; allowed: all its rates in Inbound:Rates:0:Rate")]
    [InlineData(
        "--Inbound:Rates:0:Rate=5/s,--Inbound:Rates:0:Text=\u00fc",
        "Inbound:Rates:0:Text is '\u00fc'; allowed: up to 200 characters of printable ASCII, or empty")]
    public void Wrong_rates_are_refused(string arguments, string error)
    {
        _sources.Arguments.AddRange(arguments.Split(','));

        Assert.StartsWith(error, _sources.LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_are_read_in_one_form()
    {
        _sources.Arguments.AddRange(
            ["--Inbound:Rates:0:Rate=5/S  100/m", "--Inbound:Rates:0:Count=recipients", "--Inbound:Rates:0:By=SENDER"]);

        var rate = Assert.Single(_sources.LoadOptions().Inbound.Rates);
        Assert.Equal(new RateOptions { Count = RateCount.Recipients, By = RateSubject.Sender, Rate = "5/s 100/m" }, rate);
    }
}

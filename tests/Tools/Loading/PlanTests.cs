using Postfleet.Tools.Loading;
using Xunit;

namespace Postfleet.Tools.Tests.Loading;

public sealed class PlanTests
{
    [Fact]
    public void A_port_is_enough() => Assert.Equal(new Plan { Port = 2525 }, Read("--port", "2525"));

    [Fact]
    public void Each_option_has_its_place() => Assert.Equal(
        new Plan
        {
            Port = 1,
            SinkPort = 2,
            DnsPort = 3,
            Messages = 4,
            Sessions = 5,
            Octets = 600,
            Recipients = 7,
            Domains = 8,
            FirstDomain = 9,
            Sites = 10,
            PerConnection = 11,
            Rate = 13,
            Pipelining = true,
            Stall = TimeSpan.FromSeconds(12),
        },
        Read(
            "--port", "1", "--sink-port", "2", "--dns-port", "3", "--messages", "4", "--sessions", "5", "--octets", "600", "--recipients",
            "7", "--domains", "8",
            "--first-domain", "9", "--sites", "10", "--pipelining", "--per-connection", "11", "--rate", "13", "--stall", "12"));

    [Theory]
    [InlineData("--port is missing", "--messages", "1")]
    [InlineData("--messages is '0'", "--port", "1", "--messages", "0")]
    [InlineData("--messages is 'many'", "--port", "1", "--messages", "many")]
    [InlineData("--messages is ''", "--port", "1", "--messages")]
    [InlineData("--octets is '255'", "--port", "1", "--octets", "255")]
    [InlineData("--pipelining takes no value", "--port", "1", "--pipelining", "yes")]
    [InlineData("--port is given twice", "--port", "1", "--port", "2")]
    [InlineData("unknown option: --message", "--port", "1", "--message", "2")]
    [InlineData("not an option: 1", "1")]
    [InlineData("--dns-port needs --sink-port", "--port", "1", "--dns-port", "2")]
    public void A_bad_option_is_named(string what, params string[] arguments) =>
        Assert.StartsWith(what, Assert.Throws<ArgumentException>(() => Read(arguments)).Message, StringComparison.Ordinal);

    private static Plan Read(params string[] arguments) => Plan.Read(new Arguments(arguments));
}

using Xunit;

namespace Postfleet.Configuration.Tests;

public sealed class TextFormsTests
{
    [Theory]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("[::]:25", "[::]:25")]
    [InlineData("[0:0::1]:65535", "[::1]:65535")]
    [InlineData("127.0.0.1", null)]
    [InlineData("::1", null)]
    [InlineData("::1:25", null)]
    [InlineData("[::1]", null)]
    [InlineData("[127.0.0.1]:25", null)]
    [InlineData("127.1:25", null)]
    [InlineData("127.0.0.1:65536", null)]
    [InlineData("127.0.0.1:-1", null)]
    [InlineData("127.0.0.1:", null)]
    [InlineData(":25", null)]
    [InlineData("localhost:25", null)]
    public void Listen_endpoints(string text, string? expected) => Assert.Equal(expected, TextForms.ListenEndpoint(text));

    [Theory]
    [InlineData("node-1.cluster:4053", "node-1.cluster:4053")]
    [InlineData("NODE:1", "node:1")]
    [InlineData("192.0.2.1:4053", "192.0.2.1:4053")]
    [InlineData("[2001:db8::1]:4053", "[2001:db8::1]:4053")]
    [InlineData("2001:db8::1:4053", null)]
    [InlineData("node", null)]
    [InlineData("node:0", null)]
    [InlineData("node:65536", null)]
    [InlineData("no de:4053", null)]
    [InlineData("192.0.2.999:4053", null)]
    [InlineData("akka.tcp://postfleet@node:4053", null)]
    public void Hosts_with_ports(string text, string? expected) => Assert.Equal(expected, TextForms.HostAndPort(text));

    [Theory]
    [InlineData("192.0.2.53", "192.0.2.53:53")]
    [InlineData("192.0.2.53:5353", "192.0.2.53:5353")]
    [InlineData("::1", "[::1]:53")]
    [InlineData("[::1]:53", "[::1]:53")]
    [InlineData("192.0.2.53:0", null)]
    [InlineData("dns.example.org", null)]
    public void Endpoints_of_servers(string text, string? expected) => Assert.Equal(expected, TextForms.ServerEndpoint(text, 53));

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("192.0.2.1/32", "192.0.2.1/32")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("2001:DB8::/32", "2001:db8::/32")]
    [InlineData("10.0.0.1/8", null)]
    [InlineData("10/8", null)]
    [InlineData("10.0.0.0", null)]
    [InlineData("10.0.0.0/33", null)]
    [InlineData("10.0.0.0/-1", null)]
    [InlineData("10.0.0.0/8/8", null)]
    public void Networks(string text, string? expected) => Assert.Equal(expected, TextForms.Network(text));

    [Theory]
    [InlineData("*", "*")]
    [InlineData("*.Example.ORG", "*.example.org")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("*.*.example", null)]
    [InlineData("mail.*", null)]
    [InlineData("*example", null)]
    [InlineData("[192.0.2.1]", null)]
    [InlineData("192.0.2.1", null)]
    [InlineData("", null)]
    public void Domain_patterns(string text, string? expected) => Assert.Equal(expected, TextForms.DomainPattern(text));

    [Theory]
    [InlineData("node-1", "node-1")]
    [InlineData("::1", "::1")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("[::1]", null)]
    [InlineData("192.0.2", null)]
    [InlineData("", null)]
    public void Hosts(string text, string? expected) => Assert.Equal(expected, TextForms.Host(text));
}

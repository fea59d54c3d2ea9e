using Postfleet.Delivery.Options;
using Xunit;

namespace Postfleet.Delivery.Tests.Options;

/// <summary>The forms of the values of routes, and their canonical texts.</summary>
public sealed class RouteFormsTests
{
    [Theory]
    [InlineData("MX", "mx")]
    [InlineData("capture", "capture")]
    [InlineData("discard", "discard")]
    [InlineData("reject", "reject")]
    [InlineData("smtp://192.0.2.1:2525", "smtp://192.0.2.1:2525")]
    [InlineData("smtp://[::1]:25", "smtp://[::1]:25")]
    [InlineData("smtp://relay.example.org", null)]
    [InlineData("smtp://relay.example.org:25/path", null)]
    [InlineData("smtp://user@relay.example.org:25", null)]
    [InlineData("SMTPS://Relay.example.org:465", "smtps://relay.example.org:465")]
    [InlineData("smtps://relay.example.org", null)]
    [InlineData("lmtp://store.example.org:24", "lmtp://store.example.org:24")]
    [InlineData("LMTP:///run/Dovecot/lmtp", "lmtp:///run/Dovecot/lmtp")]
    [InlineData("lmtp:///", null)]
    [InlineData("lmtp:///a\nb", null)]
    [InlineData(
        "lmtp:///1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789", null)]
    [InlineData("drop", null)]
    public void Route_targets(string text, string? expected) => Assert.Equal(expected, RouteTarget.TryParse(text)?.ToString());

    [Theory]
    [InlineData("", "")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("2001:DB8::1,192.0.2.1", "192.0.2.1, 2001:db8::1")]
    [InlineData("192.0.2.1, 192.0.2.2", null)]
    [InlineData("192.0.2.1,", null)]
    [InlineData("192.0.2.1:25", null)]
    [InlineData("relay.example.org", null)]
    public void Source_addresses(string text, string? expected) => Assert.Equal(expected, SourceAddresses.TryParse(text)?.ToString());
}

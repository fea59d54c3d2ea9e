using System.Net;
using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Protocol;
using Xunit;

namespace Postfleet.Frontend.Tests.Protocol;

public sealed class TraceHeadersTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 5, 1, 2, 3, TimeSpan.FromHours(2));

    private static readonly MessageId Id = MessageId.FromHalves(1, 2);

    [Fact]
    public void The_header_follows_the_rfc() => Assert.Equal(
        $"Received: from client.example ([192.0.2.7])\r\n\tby mx.example.org with ESMTP id {Id}\r\n\tfor <b@y.test>;\r\n" +
        "\tWed, 4 Nov 2026 23:02:03 +0000\r\n",
        Header("client.example", IPAddress.Parse("192.0.2.7"), true, Mailbox.Parse("b@y.test")));

    [Fact]
    public void A_header_for_several_recipients_has_no_for_clause() => Assert.Equal(
        $"Received: from c ([IPv6:2001:db8::1])\r\n\tby mx.example.org with SMTP id {Id};\r\n\tWed, 4 Nov 2026 23:02:03 +0000\r\n",
        Header("c", IPAddress.Parse("2001:db8::1"), false, null));

    [Fact]
    public void A_non_ascii_recipient_is_omitted_from_the_header() => Assert.Equal(
        $"Received: from c ([192.0.2.7])\r\n\tby mx.example.org with ESMTP id {Id};\r\n\tWed, 4 Nov 2026 23:02:03 +0000\r\n",
        Header("c", IPAddress.Parse("192.0.2.7"), true, Mailbox.Parse("j\u00f6rg@y.test")));

    [Fact]
    public void The_scope_of_an_address_is_omitted() =>
        Assert.Contains("([IPv6:fe80::1])", Header("c", IPAddress.Parse("fe80::1%3"), false, null), StringComparison.Ordinal);

    [Theory]
    [InlineData("[192.0.2.1]", "[192.0.2.1]")]
    [InlineData("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]")]
    [InlineData("under_score.example", "under_score.example")]
    [InlineData("evil\0(comment);<x>", "evilcommentx")]
    [InlineData("\xe9\xff()", "unknown")]
    public void The_clients_name_cannot_break_the_header(string name, string expected) =>
        Assert.StartsWith($"Received: from {expected} ([", Header(name, IPAddress.Loopback, false, null), StringComparison.Ordinal);

    [Fact]
    public void The_clients_name_is_bounded() =>
        Assert.Contains(
            $"from {new string('x', 255)} (", Header(new string('x', 4000), IPAddress.Loopback, false, null), StringComparison.Ordinal);

    private static string Header(string name, IPAddress address, bool isExtended, Mailbox? recipient) =>
        Encoding.ASCII.GetString(TraceHeaders
            .Received(name, address, "mx.example.org", TraceHeaders.Protocol(isExtended, false, false, false), null, Id, recipient, Time));
}

using System.Text;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Testing.Fakes;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>The content sent to a host with limited capabilities, by content rule and signature.</summary>
public class OutgoingContentTests
{
    private const string Plain =
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    private const string Signed = "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n{0}\r\n--b--\r\n";

    private static readonly string Long = new('x', 999);

    [Theory]
    [InlineData(ContentRule.Auto, "", "converted")]
    [InlineData(ContentRule.Convert, "", "converted")]
    [InlineData(ContentRule.Refuse, "", "5.6.3")]
    [InlineData(ContentRule.Send, "", "as it came")]
    [InlineData(ContentRule.Auto, "DKIM-Signature: v=1; a=rsa-sha256; d=a.test; s=x\r\nFrom: us <us@news.a.test>\r\n", "as it came")]
    [InlineData(ContentRule.Auto, "From: us@a.test\r\nDKIM-Signature: v=1; d=mail.a.test\r\n", "as it came")]
    [InlineData(ContentRule.Auto, "From: us@a.test\r\nDKIM-Signature: v=1;\r\n d=sender.test; s=x\r\n", "converted")]
    [InlineData(ContentRule.Auto, "From: us@aa.test\r\nDKIM-Signature: v=1; d=a.test\r\n", "converted")]
    [InlineData(ContentRule.Auto, "From: nobody\r\nDKIM-Signature: nonsense\r\n", "converted")]
    [InlineData(ContentRule.Convert, "From: us@a.test\r\nDKIM-Signature: v=1; d=a.test\r\n", "converted")]
    [InlineData(ContentRule.Refuse, "From: us@a.test\r\nDKIM-Signature: v=1; d=a.test\r\n", "5.6.3")]
    public void Eight_bit_content_for_a_host_without_8bitmime_follows_the_rule(ContentRule rule, string header, string expected) =>
        Assert.Equal(expected, Adapt(header + Plain + "\u00fc\r\n", isEightBit: true, default, rule, ContentRule.Send));

    [Theory]
    [InlineData(ContentRule.Auto, "as it came")]
    [InlineData(ContentRule.Convert, "converted")]
    public void Multipart_signed_content_is_converted_on_demand_only(ContentRule rule, string expected)
    {
        Assert.Equal(
            expected, Adapt(Signed.Replace("{0}", "\u00fc", StringComparison.Ordinal), isEightBit: true, default, rule, ContentRule.Send));
        Assert.Equal(
            expected, Adapt(Signed.Replace("{0}", Long, StringComparison.Ordinal), isEightBit: false, default, ContentRule.Send, rule));
    }

    [Theory]
    [InlineData(ContentRule.Auto, "", "converted")]
    [InlineData(ContentRule.Refuse, "", "5.6.0")]
    [InlineData(ContentRule.Send, "", "as it came")]
    [InlineData(ContentRule.Auto, "From: us@a.test\r\nDKIM-Signature: v=1; d=a.test\r\n", "as it came")]
    [InlineData(ContentRule.Convert, "From: us@a.test\r\nDKIM-Signature: v=1; d=a.test\r\n", "converted")]
    public void Long_lines_follow_the_rule(ContentRule rule, string header, string expected) =>
        Assert.Equal(
            expected, Adapt(
                $"{header}{Plain}{Long}\r\n", isEightBit: false, new Capabilities { HasEightBitMime = true }, ContentRule.Send, rule));

    [Fact]
    public void Content_within_the_hosts_capabilities_is_unchanged_by_any_rule()
    {
        foreach (var rule in new[] { ContentRule.Auto, ContentRule.Convert, ContentRule.Refuse, ContentRule.Send })
        {
            Assert.Equal(
                "as it came", Adapt(Plain + "\u00fc\r\n", isEightBit: true, new Capabilities { HasEightBitMime = true }, rule, rule));
            Assert.Equal("as it came", Adapt(Plain + "\u00fc\r\n", isEightBit: true, new Capabilities { HasSmtpUtf8 = true }, rule, rule));
            Assert.Equal("as it came", Adapt($"{Plain}{Long[1..]}\r\n", isEightBit: false, default, rule, rule));
        }
    }

    [Fact]
    public void Unconvertible_8bit_content_is_returned_and_unconvertible_long_lines_are_sent()
    {
        Assert.Equal("5.6.3",
            Adapt("Content-Type: message/partial\r\n\r\n\u00fc\r\n", isEightBit: true, default, ContentRule.Auto, ContentRule.Auto));
        Assert.Equal(
            "as it came", Adapt(
                $"Content-Type: message/partial\r\n\r\n{Long}\r\n", isEightBit: false, default, ContentRule.Convert, ContentRule.Convert));
    }

    [Fact]
    public void The_hosts_size_limit_applies_to_the_converted_content()
    {
        var content = Plain + string.Concat(Enumerable.Repeat("\u00fc\r\n", 100));
        Assert.Equal("5.3.4",
            Adapt(content, isEightBit: true, new Capabilities { MaxSize = content.Length + 100 }, ContentRule.Auto, ContentRule.Auto));
        Assert.Equal("converted",
            Adapt(content, isEightBit: true, new Capabilities { MaxSize = content.Length + 250 }, ContentRule.Auto, ContentRule.Auto));
    }

    [Fact]
    public async Task A_host_without_8bitmime_gets_converted_content_with_its_size_and_no_body_parameter()
    {
        var content = Plain + ".gr\u00fc\u00dfe\r\n" + string.Concat(Enumerable.Repeat("viele Zeilen \u00fc\r\n", 20_000));
        var received = new StringBuilder();
        var log = new LogCollector();
        string? mail = null;
        using var peer = new SocketPeer(async call =>
        {
            await call.PlayAsync("S: 220 mx", "C: EHLO client.test", "S: 250-mx|250 SIZE 10000000");
            mail = await call.HearAsync();
            await call.PlayAsync("S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA", "S: 354 go");
            while (await call.HearAsync() is { } line && line != ".") received.Append(line).Append("\r\n");
            await call.SayAsync("250 taken");
        });
        var connected = await new SmtpConnector("client.test", new DeliveryOptions(), new TlsClient([]), TimeProvider.System,
            log).ConnectAsync("mx.b.test", peer.EndPoint, Egress.Default, CancellationToken.None);
        await using var connection = Assert.IsType<ConnectResult.Connected>(connected).Connection;
        var result = await connection.SendAsync(Part(content: content, isEightBit: true), RecipientSet.All(1), default).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(Disposition.Delivered, Assert.Single(result.Outcomes).Disposition);
        var got = received.ToString().Replace("\r\n..gr", "\r\n.gr", StringComparison.Ordinal);
        Assert.Equal($"MAIL FROM:<from@a.test> SIZE={got.Length}", mail);
        Assert.Equal((long)got.Length, Assert.Single(log.Lines, line => line.Name == "content converted").Fields["NewSize"]);
        Assert.Equal(
            content.Replace("8bit", "quoted-printable", StringComparison.Ordinal).Replace("\u00fc", "=FC", StringComparison.Ordinal)
                .Replace("\u00df", "=DF", StringComparison.Ordinal), got);
    }

    [Fact]
    public void The_rule_of_a_route_overrides_the_general_rule()
    {
        Assert.Equal(ContentRule.Refuse, ContentRules.Choose(ContentRule.Refuse, ContentRule.Convert));
        Assert.Equal(ContentRule.Convert, ContentRules.Choose(ContentRule.Inherit, ContentRule.Convert));
        var route =
            new RouteOptions { To = RouteTarget.Parse("smtp://relay.lan:25"), EightBit = ContentRule.Send, LongLines = ContentRule.Refuse };
        var table = new EgressTable([route], []);
        Assert.Equal("8bit-send+lines-refuse", table.NameOf(0));
        Assert.Equal(
            (ContentRule.Send, ContentRule.Refuse),
            (EgressTable.ReadEgress(route, []).EightBit, EgressTable.ReadEgress(route, []).LongLines));
    }

    private static string Adapt(string content, bool isEightBit, Capabilities host, ContentRule eightBit, ContentRule longLines)
    {
        var rules = new ContentRules(eightBit, longLines);
        var (outgoing, refusal) = OutgoingContent.For(Part(content: content, isEightBit: isEightBit), host, rules);
        if (outgoing is null) return refusal!.Status.ToString()!;
        var octets = Encoding.Latin1.GetString(outgoing.IsConverted ? [.. outgoing.Converted().SelectMany(piece => piece.ToArray())]
            : System.Buffers.BuffersExtensions.ToArray(outgoing.Original));
        Assert.Equal(outgoing.Length, octets.Length);
        Assert.Equal(outgoing.IsConverted, octets != content);
        Assert.Equal(isEightBit && host.HasEightBitMime, outgoing.IsEightBit);
        return outgoing.IsConverted ? "converted" : "as it came";
    }
}

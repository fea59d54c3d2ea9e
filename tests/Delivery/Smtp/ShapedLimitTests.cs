using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Shaping;
using Postfleet.Delivery.Smtp;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>The limits of a domain that are kept for each message: nothing of a message beyond a limit reaches the host.</summary>
public sealed class ShapedLimitTests
{
    private static readonly string[] Hello = ["S: 220 mx", "C: EHLO client.test", "S: 250 mx"];

    private static readonly string[] Message =
    [
        "C: MAIL FROM:<from@a.test>", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*",
        "S: 250 queued",
    ];

    [Fact]
    public async Task A_message_beyond_the_size_fails_and_the_connection_goes_on()
    {
        var dialogue = new Dialogue(0, [.. Hello, .. Message])
        {
            Egress = Of(new DestinationOptions { Domain = "b.test", MaxSize = "1KB" }),
        };
        var connection = await dialogue.ConnectedAsync();

        var large = Assert.Single((await SendAsync(connection, new string('x', 2000))).Outcomes);
        Assert.Equal((Disposition.Failed, "5.3.4"), (large.Disposition, $"{large.Reply.Status}"));
        Assert.True(connection.IsUsable);
        Assert.Equal(Disposition.Delivered, Assert.Single((await SendAsync(connection, "small")).Outcomes).Disposition);
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData("b.test", "require", Disposition.Deferred)]
    [InlineData("b.test", "verify", Disposition.Deferred)]
    [InlineData("b.test", "opportunistic", Disposition.Delivered)]
    [InlineData("c.test", "verify", Disposition.Delivered)]
    public async Task A_domain_that_demands_TLS_gets_nothing_in_the_clear(string domain, string tls, Disposition expected)
    {
        var isSent = expected == Disposition.Delivered;
        var dialogue = new Dialogue(0, isSent ? [.. Hello, .. Message] : Hello)
        {
            Egress = Of(new DestinationOptions { Domain = domain, Tls = tls }),
        };
        var connection = await dialogue.ConnectedAsync();

        var outcome = Assert.Single((await SendAsync(connection, "text")).Outcomes);
        Assert.Equal(expected, outcome.Disposition);
        if (!isSent) Assert.Equal("451 4.7.4", $"{outcome.Reply.Code} {outcome.Reply.Status}");
        await dialogue.EndAsync();
    }

    private static Task<SendResult> SendAsync(ISiteConnection connection, string text) =>
        connection.SendAsync(Part(content: $"Subject: x\r\n\r\n{text}\r\n"), RecipientSet.All(1), default).AsTask();

    private static Egress Of(DestinationOptions entry)
    {
        TargetHost[] hosts = [new TargetHost(0, "mx.b.test")];
        return new ShapingTable([], [entry]).Of(SiteNames.For(hosts, 25), hosts).Apply(Egress.Default);
    }
}

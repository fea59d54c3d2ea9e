using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>LMTP (RFC 2033): like SMTP except for the greeting and the replies to the content.</summary>
public class LmtpTests
{
    private static readonly Egress Lmtp = new() { Protocol = MailProtocol.Lmtp };
    private static readonly string[] Hello = ["S: 220 store", "C: LHLO client.test", "S: 250-store|250 PIPELINING"];

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task Every_accepted_recipient_has_its_own_reply_to_the_content(int pieces)
    {
        var dialogue = new Dialogue(
            pieces, [.. Hello, .. Envelope(4), "S: 250 ok|250 ok|550 5.1.1 no such user|250 ok|250 ok|354 go", "C: *DATA*",
            "S: 250 2.0.0 saved|452 4.2.2 full|552 5.2.2 full for ever",
            "C: QUIT", "S: 221 bye"])
        { Egress = Lmtp };
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(4), RecipientSet.All(4), default);
        await connection.QuitAsync();
        await dialogue.EndAsync();
        Assert.Equal([Disposition.Delivered, Disposition.Failed, Disposition.Deferred, Disposition.Failed], Enumerable.Range(0, 4)
            .Select(i => Fate(result, i)));
        Assert.True(connection.IsUsable);
    }

    [Theory]
    [InlineData("S: *DROP*")]
    [InlineData("S: 421 4.3.2 going down")]
    [InlineData("S: nonsense")]
    [InlineData("S: *HANG*")]
    public async Task Recipients_without_a_reply_are_deferred_and_others_keep_their_replies(string death)
    {
        var dialogue = new Dialogue(
            0, [.. Hello, .. Envelope(3), "S: 250 ok|250 ok|250 ok|250 ok|354 go", "C: *DATA*", "S: 250 2.0.0 saved", death,
            .. death.Contains("421", StringComparison.Ordinal) ? new[] { "S: *DROP*" } : []])
        { Egress = Lmtp };
        var connection = await dialogue.ConnectedAsync();
        var result = await dialogue.WaitAsync(connection.SendAsync(Part(3), RecipientSet.All(3), default).AsTask());
        await dialogue.EndAsync();
        Assert.Equal(
            [Disposition.Delivered, Disposition.Deferred, Disposition.Deferred], Enumerable.Range(0, 3).Select(i => Fate(result, i)));
        Assert.False(connection.IsUsable);
    }

    [Fact]
    public async Task An_lmtp_server_that_wants_content_without_recipients_is_disconnected()
    {
        var dialogue = new Dialogue(0, [.. Hello, .. Envelope(1), "S: 250 ok|550 5.1.1 no|354 go", "C: *REST*"]) { Egress = Lmtp };
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(), RecipientSet.All(1), default);
        Assert.Equal(Disposition.Failed, Fate(result, 0));
        Assert.False(connection.IsUsable);
        await connection.DisposeAsync();
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task A_closed_guard_prevents_the_final_dot()
    {
        using var stopped = new CancellationTokenSource();
        var dialogue = new Dialogue(0, [.. Hello, .. Envelope(2), "S: 250 ok|250 ok|250 ok", "!: stop", "C: *REST*"])
        {
            Egress = Lmtp,
            Do = stopped.CancelAsync
        };
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(2), RecipientSet.All(2), new FinalDotGuard(null, 0, stopped.Token));
        Assert.Equal(SendResultKind.Aborted, result.Status);
        await connection.DisposeAsync();
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Lmtp_has_no_helo()
    {
        var dialogue = new Dialogue(0, "S: 220 store", "C: LHLO client.test", "S: 500 5.5.1 this is SMTP") { Egress = Lmtp };
        Assert.True(Assert.IsType<ConnectResult.Refused>(await dialogue.ConnectAsync()).Reply.IsTransient);
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task An_lmtp_server_is_reached_by_a_unix_socket()
    {
        using var folder = new TempFolder();
        var path = folder["lmtp"];
        using var peer = new SocketPeer(new System.Net.Sockets.UnixDomainSocketEndPoint(path), async call =>
        {
            await call.PlayAsync("S: 220 store", "C: LHLO client.test", "S: 250 store", "C: MAIL FROM:<from@a.test>", "S: 250 ok",
                "C: RCPT TO:<r0@b.test>", "S: 250 ok",
                "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 saved");
        });
        var connector = new SmtpConnector(
            "client.test", new DeliveryOptions(), new TlsClient([]), TimeProvider.System, NullLogger.Instance);
        var result = await connector.ConnectAsync(
            path, new System.Net.Sockets.UnixDomainSocketEndPoint(path), Lmtp with { Tls = TlsMode.None }, CancellationToken.None);
        await using var connection = Assert.IsType<ConnectResult.Connected>(result).Connection;
        Assert.Equal(Disposition.Delivered, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        await peer.Served;

        var nobody = folder["nobody"];
        var refused = await connector
            .ConnectAsync(nobody, new System.Net.Sockets.UnixDomainSocketEndPoint(nobody), Lmtp, CancellationToken.None);
        Assert.StartsWith(nobody, Assert.IsType<ConnectResult.Refused>(refused).Reply.Text, StringComparison.Ordinal);
    }

    private static string[] Envelope(int recipients) =>
        ["C: MAIL FROM:<from@a.test>", .. Enumerable.Range(0, recipients).Select(i => $"C: RCPT TO:<r{i}@b.test>"), "C: DATA"];

    private static Disposition Fate(SendResult result, int recipient) =>
        Assert.Single(result.Outcomes, outcome => outcome.Recipients.Contains(recipient)).Disposition;
}

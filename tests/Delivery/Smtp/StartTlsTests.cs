using System.Net.Security;
using System.Security.Authentication;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>TLS with valid and invalid servers on real sockets.</summary>
public class StartTlsTests
{
    private const string Host = "mx.b.test";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string[] InClear = ["S: 220 mx", "C: EHLO client.test", "S: 250-mx|250 STARTTLS"];
    private static readonly string[] Message =
    [
        "C: MAIL FROM:<from@a.test>", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*",
        "S: 250 taken",
    ];

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);

    [Theory]
    [InlineData(SslProtocols.Tls12, "TLSv1.2,")]
    [InlineData(SslProtocols.Tls13, "TLSv1.3,")]
    public async Task Opportunistic_tls_accepts_any_certificate(SslProtocols version, string expected)
    {
        string? name = null;
        using var peer = new SocketPeer(async call =>
        {
            await call.StartTlsAsync(Certificates.For("another.test"), version);
            name = call.ServerName;
            await call.PlayAsync(["C: EHLO client.test", "S: 250 mx", .. Message]);
        });
        await using var connection = Connected(await ConnectAsync(peer, Egress.Default));
        Assert.Equal(Disposition.Delivered, await SendAsync(connection));
        await peer.Served.WaitAsync(Patience);
        Assert.Equal(Host, name);
        Assert.StartsWith(expected, connection.Tls, StringComparison.Ordinal);
        Assert.EndsWith(",unverified", connection.Tls, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_cipher_suites_are_used_by_opportunistic_tls_and_refused_by_required_tls()
    {
        Task Old(SocketPeer.Call call) =>
            call.StartTlsAsync(Certificates.For(Host), suites: new([TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA]));
        using var peer = new SocketPeer(
            async call =>
            {
                await Old(call);
                await call.PlayAsync(["C: EHLO client.test", "S: 250 mx", .. Message]);
            },
            async call => await Assert.ThrowsAsync<AuthenticationException>(() => Old(call)));
        await using var connection = Connected(await ConnectAsync(peer, Egress.Default));
        Assert.Equal(Disposition.Delivered, await SendAsync(connection));
        Assert.StartsWith("TLSv1.2,TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,", connection.Tls, StringComparison.Ordinal);
        Assert.Equal("4.7.5", Refused(await ConnectAsync(peer, new Egress { Tls = TlsMode.Require })).Reply.Status.ToString());
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task Capabilities_from_before_tls_are_discarded()
    {
        using var peer = new SocketPeer(async call =>
        {
            await call.PlayAsync(
                "S: 220 mx", "C: EHLO client.test", "S: 250-mx|250-SIZE 10|250-PIPELINING|250 STARTTLS", "C: STARTTLS", "S: 220 go");
            await call.SecureAsync(Certificates.For(Host));
            await call.PlayAsync(["C: EHLO client.test", "S: 250 mx", .. Message]);
        });
        await using var connection = Connected(await ConnectAsync(peer, Egress.Default));
        Assert.Equal(Disposition.Delivered, await SendAsync(connection));
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task Valid_certificates_are_logged_as_verified()
    {
        using var peer = new SocketPeer(Accept(Host));
        await using var connection = Connected(await ConnectAsync(peer, Egress.Default));
        Assert.EndsWith(",verified", connection.Tls, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("S: 454 4.7.0 not now")]
    [InlineData("S: 502 5.5.1 never heard of it")]
    public async Task A_refusal_of_starttls_continues_without_tls_on_the_same_connection(string refusal)
    {
        using var peer = new SocketPeer(call => call.PlayAsync([.. InClear, "C: STARTTLS", refusal, .. Message]));
        await using var connection = Connected(await ConnectAsync(peer, Egress.Default));
        Assert.Equal(Disposition.Delivered, await SendAsync(connection));
        Assert.Equal("none", connection.Tls);
        await peer.Served.WaitAsync(Patience);
    }

    public static TheoryData<string> Breaks => ["nonsense", "drop", "reset", "injected", "421", "tls 1.1", "after"];

    [Theory, MemberData(nameof(Breaks))]
    public async Task Broken_tls_falls_back_to_plain_text_and_is_remembered(string how)
    {
        Task InTheClear(SocketPeer.Call call) => call.PlayAsync([.. InClear, .. Message]);
        using var peer = new SocketPeer(call => BreakAsync(call, how), InTheClear, InTheClear, Accept(Host));
        var connector = Connector();
        for (var i = 0; i < 2; i++)
        {
            await using var connection = Connected(await ConnectAsync(peer, Egress.Default, connector));
            Assert.Equal("none", connection.Tls);
            Assert.Equal(Disposition.Delivered, await SendAsync(connection));
        }

        _clock.Advance(SmtpConnector.BrokenTlsLife + TimeSpan.FromSeconds(1));
        await using var last = Connected(await ConnectAsync(peer, Egress.Default, connector));
        Assert.NotEqual("none", last.Tls);
        await peer.Served.WaitAsync(Patience);
    }

    [Theory, MemberData(nameof(Breaks))]
    public async Task Required_tls_sends_nothing_to_a_host_with_broken_tls(string how)
    {
        using var peer = new SocketPeer(
            call => BreakAsync(call, how), _ => throw new InvalidOperationException("it was connected to again"));
        var refused = Refused(await ConnectAsync(peer, new Egress { Tls = TlsMode.Require }));
        Assert.True(refused.Reply.IsTransient);
        Assert.False(peer.Served.IsCompleted);
    }

    [Fact]
    public async Task A_hanging_handshake_times_out()
    {
        var released = new TaskCompletionSource();
        using var peer = new SocketPeer(async call =>
        {
            await call.PlayAsync([.. InClear, "C: STARTTLS", "S: 220 go"]);
            await released.Task;
        });
        var connecting = ConnectAsync(peer, new Egress { Tls = TlsMode.Require });
        var connected = await _clock.RunAsync(connecting, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(1));
        Assert.Contains("TLS handshake timed out", Refused(connected).Reply.Text, StringComparison.Ordinal);
        released.SetResult();
    }

    [Theory]
    [InlineData("S: 250 mx", "S: 221 bye", "TLS is required and not offered")]
    [InlineData("S: 250-mx|250 STARTTLS", "S: 454 4.7.0 not now", "TLS is required and not offered")]
    public async Task Required_tls_sends_no_mail_to_a_host_without_tls(string offer, string reply, string reason)
    {
        using var peer = new SocketPeer(async call =>
        {
            await call.PlayAsync("S: 220 mx", "C: EHLO client.test", offer);
            if (await call.HearAsync() is not null) await call.SayAsync(reply[3..]);
        });
        var refused = Refused(await ConnectAsync(peer, new Egress { Tls = TlsMode.Require }));
        Assert.Equal("4.7.4", refused.Reply.Status.ToString());
        Assert.Contains(reason, refused.Reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Required_tls_without_verification_accepts_any_certificate()
    {
        using var peer = new SocketPeer(Accept("another.test"));
        await using var connection = Connected(await ConnectAsync(peer, new Egress { Tls = TlsMode.Require }));
        Assert.EndsWith(",unverified", connection.Tls, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_the_hosts_name_from_a_trusted_authority_verifies()
    {
        using var peer = new SocketPeer(Accept(Host));
        await using var connection = Connected(await ConnectAsync(peer, new Egress { Tls = TlsMode.Verify }));
        Assert.EndsWith(",verified", connection.Tls, StringComparison.Ordinal);
        await peer.Served.WaitAsync(Patience);
    }

    [Theory]
    [InlineData("another.test", true, 30)]
    [InlineData(Host, false, 30)]
    [InlineData(Host, true, -1)]
    public async Task A_certificate_with_another_name_issuer_or_date_does_not_verify(string name, bool isTrusted, int days)
    {
        using var peer = new SocketPeer(call => call.StartTlsAsync(Certificates.For(name, DateTimeOffset.UtcNow.AddDays(days))));
        var connector = Connector(isTrusted ? new TlsClient([Certificates.Authority]) : new TlsClient([]));
        var refused = Refused(await ConnectAsync(peer, new Egress { Tls = TlsMode.Verify }, connector));
        Assert.Equal("4.7.5", refused.Reply.Status.ToString());
        Assert.Contains("the certificate does not match the host's name", refused.Reply.Text, StringComparison.Ordinal);
        await Record.ExceptionAsync(() => peer.Served.WaitAsync(Patience));
    }

    [Fact]
    public async Task Mode_none_does_not_send_starttls()
    {
        using var peer = new SocketPeer(call => call.PlayAsync([.. InClear, .. Message]));
        await using var connection = Connected(await ConnectAsync(peer, new Egress { Tls = TlsMode.None }));
        Assert.Equal(Disposition.Delivered, await SendAsync(connection));
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task With_implicit_tls_the_handshake_comes_before_the_greeting()
    {
        using var peer = new SocketPeer(async call =>
        {
            await call.SecureAsync(Certificates.For(Host));
            await call.PlayAsync(["S: 220 mx", "C: EHLO client.test", "S: 250-mx|250 STARTTLS", .. Message]);
        });
        await using var connection = Connected(
            await ConnectAsync(peer, new Egress { Protocol = MailProtocol.Smtps, Tls = TlsMode.Verify }));
        Assert.Equal(Disposition.Delivered, await SendAsync(connection));
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_large_message_arrives_complete_through_tls()
    {
        var content = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i} {new string('x', 80)}\r\n"));
        var lines = 0;
        using var peer = new SocketPeer(async call =>
        {
            await call.StartTlsAsync(Certificates.For(Host));
            await call.PlayAsync(["C: EHLO client.test", "S: 250 mx", .. Message[..^2]]);
            while (await call.HearAsync() is { } line && line != ".") lines += line == $"line {lines} {new string('x', 80)}" ? 1 : 0;
            await call.SayAsync("250 taken");
        });
        await using var connection = Connected(await ConnectAsync(peer, Egress.Default));
        Assert.Equal(Disposition.Delivered, await SendAsync(connection, content));
        Assert.Equal(20_000, lines);
    }

    private static Func<SocketPeer.Call, Task> Accept(string name) => async call =>
    {
        await call.StartTlsAsync(Certificates.For(name));
        await call.PlayAsync("C: EHLO client.test", "S: 250 mx");
    };

    private static async Task BreakAsync(SocketPeer.Call call, string how)
    {
        await call.PlayAsync([.. InClear, "C: STARTTLS"]);
        switch (how)
        {
            case "nonsense":
                await call.SayAsync("220 go");
                await call.HearAsync();
                await call.SayAsync("this is no TLS at all, whatever you think");
                break;
            case "drop": break;
            case "reset":
                await call.SayAsync("220 go");
                call.Reset();
                break;
            case "injected":
                await call.SayAsync("220 go\r\n250-mx\r\n250 SMTPUTF8");
                await call.HearAsync();
                break;
            case "421":
                await call.SayAsync("421 4.3.0 TLS has crashed");
                break;
            case "tls 1.1":
                await call.SayAsync("220 go");
#pragma warning disable SYSLIB0039, CA5397 // An old server is what is wanted here.
                await Record.ExceptionAsync(() => call.SecureAsync(Certificates.For(Host), SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
                break;
            case "after":
                await call.SayAsync("220 go");
                await call.SecureAsync(Certificates.For(Host));
                break;
        }
    }

    private SmtpConnector Connector(TlsClient? tls = null) =>
        new("client.test", new DeliveryOptions(), tls ?? new TlsClient([Certificates.Authority]), _clock, NullLogger.Instance);

    private async Task<ConnectResult> ConnectAsync(SocketPeer peer, Egress egress, SmtpConnector? connector = null) =>
        await (connector ?? Connector()).ConnectAsync(Host, peer.EndPoint, egress, CancellationToken.None).AsTask().WaitAsync(Patience);

    private static ISiteConnection Connected(ConnectResult result) => Assert.IsType<ConnectResult.Connected>(result).Connection;

    private static ConnectResult.Refused Refused(ConnectResult result) => Assert.IsType<ConnectResult.Refused>(result);

    private static async Task<Disposition> SendAsync(ISiteConnection connection, string content = "Subject: x\r\n\r\nbody\r\n")
    {
        var result = await connection.SendAsync(Dialogue.Part(content: content), RecipientSet.All(1), default).AsTask().WaitAsync(Patience);
        return Assert.Single(result.Outcomes).Disposition;
    }
}

using System.Net.Security;
using System.Security.Authentication;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>TLS with valid and invalid servers on real sockets.</summary>
public sealed class StartTlsTests : StartTlsFixture
{
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
        var details = connection.Details;
        Assert.Equal(("127.0.0.1", "127.0.0.1", "TLSv1.3"), (details.Address, details.Source, details.TlsVersion));
        Assert.StartsWith("TLS_", details.TlsCipher, StringComparison.Ordinal);
        Assert.Same(details, connection.Details);
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
}

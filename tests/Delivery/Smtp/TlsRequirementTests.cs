using System.Security.Authentication;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>Required TLS and the verification of certificates, on real sockets.</summary>
public sealed class TlsRequirementTests : StartTlsFixture
{
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
    public async Task Valid_certificates_are_logged_as_verified()
    {
        using var peer = new SocketPeer(Accept(Host));
        await using var connection = Connected(await ConnectAsync(peer, Egress.Default));
        Assert.EndsWith(",verified", connection.Tls, StringComparison.Ordinal);
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
}

using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Tls;

/// <summary>Sessions under TLS, on real sockets with the framework's own TLS as the client.</summary>
public sealed class TlsServerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly ListenerOptions Implicit = new() { Endpoint = IPEndPoint.Parse("127.0.0.1:0"), ImplicitTls = true };

    private readonly TestCertificate _certificate = new();

    public void Dispose() => _certificate.Dispose();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_message_arrives_under_tls(SslProtocols version)
    {
        await using var server = await RunningServer.StartAsync(certificate: _certificate);
        using var client = await StartedAsync(server, version);
        Assert.Equal(version, client.Tls.SslProtocol);
        // The session is reset by TLS (RFC 3207 section 4.2).
        await client.SendAsync("MAIL FROM:<a@x.test>\r\n");
        await client.ExpectAsync("503 5.5.1 Send HELO or EHLO first");
        await client.SendAsync("EHLO c.example\r\n");
        foreach (var line in new[]
        {
            "250-mx.example.org", "250-PIPELINING", "250-SIZE ", "250-8BITMIME", "250-SMTPUTF8", "250-CHUNKING", "250-DSN", "250-LIMITS ",
            "250-ENHANCEDSTATUSCODES", "250 REQUIRETLS",
        })
        {
            await client.ExpectAsync(line);
        }

        await client.SendAsync("STARTTLS\r\n");
        await client.ExpectAsync("503 5.5.1 TLS is active already");
        await client.SendAsync("MAIL FROM:<a@x.test> REQUIRETLS\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        foreach (var reply in new[] { "250 2.1.0 ", "250 2.1.5 ", "354 " }) await client.ExpectAsync(reply);
        await client.SendAsync("Message-ID: <1@x.test>\r\n\r\nhi\r\n.\r\nQUIT\r\n");
        await client.ExpectAsync("250 2.0.0 Ok: queued as ");
        await client.ExpectAsync("221 2.0.0 Bye");
        await client.ExpectEndAsync();
        var message = Assert.Single(server.Submission.Stored);
        Assert.True(message.Envelope.RequiresTls);
        var name = version == SslProtocols.Tls12 ? "TLSv1.2" : "TLSv1.3";
        Assert.Equal(
            new AcceptanceDetails("127.0.0.1:0", name, client.Tls.NegotiatedCipherSuite.ToString(), "", "<1@x.test>"),
            message.Envelope.Acceptance);
        var content = Encoding.Latin1.GetString(message.Content.Octets.ToArray());
        Assert.Contains(" with ESMTPS id ", content, StringComparison.Ordinal);
        Assert.Contains($"\r\n\ttls {client.Tls.NegotiatedCipherSuite};\r\n", content, StringComparison.Ordinal);
        Assert.Contains("from c.example ", content, StringComparison.Ordinal);
        Assert.Empty(server.Log.Above(LogLevel.Information));
    }

    /// <summary>A client without a shared cipher suite would send its mail in the clear.</summary>
    [Theory]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA)]
    [InlineData(TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384)]
    [InlineData(TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA)]
    public async Task STARTTLS_accepts_a_client_with_only_this_suite(TlsCipherSuite suite)
    {
        using var certificate = new TestCertificate(isRsa: true);
        await using var server = await RunningServer.StartAsync(certificate: certificate);
        using var client = await ReadyAsync(server);
        await client.StartTlsAsync(certificate, SslProtocols.Tls12, suite);
        Assert.Equal(suite, client.Tls.NegotiatedCipherSuite);
        await client.SendAsync("HELO c.example\r\nQUIT\r\n");
        await client.ExpectAsync("250 mx.example.org");
        await client.ExpectAsync("221 2.0.0 Bye");
    }

    [Theory]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA)]
    [InlineData(TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384)]
    public async Task An_implicit_listener_accepts_only_strict_suites(TlsCipherSuite suite)
    {
        using var certificate = new TestCertificate(isRsa: true);
        await using var server = await RunningServer.StartAsync(certificate: certificate, listener: Implicit);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await Assert.ThrowsAnyAsync<Exception>(() => client.StartTlsAsync(certificate, SslProtocols.Tls12, suite));
    }

    [Fact]
    public async Task An_implicit_listener_begins_with_tls()
    {
        await using var server = await RunningServer.StartAsync(certificate: _certificate, listener: Implicit);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.StartTlsAsync(_certificate);
        await client.UpToDataAsync();
        await client.SendAsync("hi\r\n.\r\nQUIT\r\n");
        await client.ExpectAsync("250 2.0.0 Ok: queued as ");
        await client.ExpectAsync("221 2.0.0 Bye");
        await client.ExpectEndAsync();
        // HELO under TLS has no keyword of its own (RFC 3848).
        Assert.Contains(" with SMTP id ", Encoding.Latin1
            .GetString(Assert.Single(server.Submission.Stored).Content.Octets.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twenty_megabytes_arrive_under_tls()
    {
        await using var server = await RunningServer.StartAsync(certificate: _certificate, listener: Implicit);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.StartTlsAsync(_certificate);
        await client.UpToDataAsync();
        var line = new string('x', 9_998) + "\r\n";
        for (var i = 0; i < 2000; i++) await client.SendAsync(line);
        await client.SendAsync(".\r\n");
        await client.ExpectAsync("250 2.0.0 Ok: queued as ");
        Assert.InRange(Assert.Single(server.Submission.Stored).Content.Length, 20_000_100, 20_000_400);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_health_check_without_octets_is_no_failed_handshake(bool isReset)
    {
        await using var server = await RunningServer.StartAsync(certificate: _certificate, listener: Implicit);
        for (var i = 0; i < 3; i++)
        {
            using var probe =
                new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(isReset, 0) };
            await probe.ConnectAsync(server.Endpoint);
        }

        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.SendAsync("EHLO c.example\r\n");
        await Testing.Eventually.True(() => server.Log.Of("tls failed").Count > 0, Patience, "the failed handshake is not in the log");
        // Stopping waits for all sessions.
        await server.Server.StopAsync(default);
        Assert.Single(server.Log.Of("tls failed"));
    }

    [Fact]
    public async Task Plain_text_on_an_implicit_listener_ends_the_connection()
    {
        await using var server = await RunningServer.StartAsync(certificate: _certificate, listener: Implicit);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.SendAsync("EHLO c\r\nMAIL FROM:<a@x.test>\r\n");
        Assert.DoesNotContain("250", await client.ReadLineAsync() ?? "", StringComparison.Ordinal);
        await Testing.Eventually.True(() => server.Log.Of("tls failed").Count == 1, Patience, "the failed handshake is not in the log");
        Assert.Empty(server.Log.Above(LogLevel.Information));
    }

    [Fact]
    public async Task Old_versions_are_refused()
    {
        await using var server = await RunningServer.StartAsync(certificate: _certificate);
        using var client = await ReadyAsync(server);
#pragma warning disable SYSLIB0039, CA5397 // What nobody should use is what is tried here.
        await Assert.ThrowsAnyAsync<Exception>(() => client.StartTlsAsync(_certificate, SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
    }

    [Fact]
    public async Task A_silent_client_under_TLS_gets_421()
    {
        var time = new FakeTimeProvider();
        await using var server = await RunningServer.StartAsync(certificate: _certificate, listener: Implicit, time: time);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.StartTlsAsync(_certificate);
        await client.ExpectAsync("220 ");
        var line = client.ReadLineAsync();
        await Testing.Eventually.True(
            () =>
            {
                time.Advance(TimeSpan.FromMinutes(1));
                return line.IsCompleted;
            },
            Patience, "no reply");
        Assert.Equal("421 4.4.2 Timeout, closing connection", await line);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Stopping_sends_421_under_TLS()
    {
        await using var server = await RunningServer.StartAsync(certificate: _certificate, listener: Implicit);
        using var idle = await SocketClient.ConnectAsync(server.Endpoint);
        await idle.StartTlsAsync(_certificate);
        await idle.ExpectAsync("220 ");
        using var busy = await SocketClient.ConnectAsync(server.Endpoint);
        await busy.StartTlsAsync(_certificate);
        await busy.UpToDataAsync();
        var stopping = server.Server.StopAsync(default);
        await idle.ExpectAsync("421 4.3.2 ");
        await idle.ExpectEndAsync();
        await busy.SendAsync("hi\r\n.\r\n");
        await busy.ExpectAsync("250 2.0.0 ");
        await busy.ExpectAsync("421 4.3.2 ");
        await stopping.WaitAsync(Patience);
        Assert.Single(server.Submission.Stored);
    }

    private async Task<SocketClient> StartedAsync(RunningServer server, SslProtocols version)
    {
        var client = await ReadyAsync(server);
        await client.StartTlsAsync(_certificate, version);
        return client;
    }

    private static async Task<SocketClient> ReadyAsync(RunningServer server)
    {
        var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.ExpectAsync("220 ");
        await client.SendAsync("EHLO before\r\n");
        while (!(await client.ReadLineAsync())!.StartsWith("250 ", StringComparison.Ordinal))
        {
        }

        await client.SendAsync("STARTTLS\r\n");
        await client.ExpectAsync("220 2.0.0 Ready to start TLS");
        return client;
    }
}

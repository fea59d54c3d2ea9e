using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Core.Security;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>The cipher suites offered to hosts, verified against OpenSSL servers with a single suite each.</summary>
public sealed class CipherSuiteTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new("suites");

    public static TheoryData<TlsCipherSuite> Compatible => [.. CompatibleCiphers.Suites];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Compatible))]
    public async Task Opportunistic_tls_encrypts_with_each_compatible_suite(TlsCipherSuite suite) =>
        Assert.Equal(suite, await HandshakeAsync(suite, TlsMode.Opportunistic));

    [Theory]
    [InlineData(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256)]
    [InlineData(TlsCipherSuite.TLS_AES_128_GCM_SHA256)]
    public async Task Required_tls_accepts_the_strict_suites(TlsCipherSuite suite) =>
        Assert.Equal(suite, await HandshakeAsync(suite, TlsMode.Require));

    [Theory]
    [InlineData(TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, "Require")]
    [InlineData(TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384, "Require")]
    [InlineData(TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA, "Verify")]
    [InlineData(TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_CBC_SHA, "Verify")]
    public async Task Required_tls_refuses_other_suites(TlsCipherSuite suite, string mode)
    {
        var refused = await Assert.ThrowsAsync<IOException>(() => HandshakeAsync(suite, Enum.Parse<TlsMode>(mode)));
        Assert.Contains("handshake failure", refused.Message, StringComparison.Ordinal);
    }

    private async Task<TlsCipherSuite> HandshakeAsync(TlsCipherSuite suite, TlsMode mode)
    {
        await using var server = ProcessHost.Start(new ProcessSpec("openssl", ["s_server", .. await ArgumentsAsync(suite)]));
        var line = await server.WaitForLineAsync("ACCEPT ", Patience);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
        await using var inner = new NetworkStream(socket);
        var (stream, facts) = await new TlsClient([]).HandshakeAsync(inner, "mx.b.test", mode, CancellationToken.None).AsTask()
            .WaitAsync(Patience);
        await stream.DisposeAsync();
        return facts.Cipher;
    }

    private async Task<string[]> ArgumentsAsync(TlsCipherSuite suite)
    {
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write("rsa", new CertificateRequest("CN=mx.b.test", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), rsa);
        Write("ecdsa", new CertificateRequest("CN=mx.b.test", ecdsa, HashAlgorithmName.SHA256), ecdsa);
        string[] version = suite.ToString().Contains("_WITH_", StringComparison.Ordinal)
            ? ["-tls1_2", "-cipher", await NameAsync(suite)] : ["-tls1_3", "-ciphersuites", suite.ToString()];
        return
        [
            "-accept", "127.0.0.1:0", "-rev", .. version,
            "-cert", _folder["rsa.crt"], "-key", _folder["rsa.key"], "-dcert", _folder["ecdsa.crt"], "-dkey", _folder["ecdsa.key"],
        ];
    }

    // OpenSSL has its own names for TLS 1.2 suites and lists them beside the standard names: "standard - own version ...".
    private static async Task<string> NameAsync(TlsCipherSuite suite)
    {
        var lines = await ProcessHost.RunAsync(new ProcessSpec("openssl", ["ciphers", "-stdname", "ALL"]), Patience);
        return lines.Single(line => line.StartsWith($"{suite} ", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
    }

    private void Write(string name, CertificateRequest request, AsymmetricAlgorithm key)
    {
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(_folder[$"{name}.crt"], certificate.ExportCertificatePem());
        File.WriteAllText(_folder[$"{name}.key"], key.ExportPkcs8PrivateKeyPem());
    }
}

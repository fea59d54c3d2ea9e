using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tls;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Tls;

public sealed class ServerCertificateTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly TempFolder _folder = new();
    private readonly TestCertificate _first = new("first.test");
    private readonly TestCertificate _second = new("second.test");
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger _log = new();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_new_pair_is_loaded_without_a_restart()
    {
        Write(_first.CertificatePem, _first.KeyPem);
        using var certificate = Open();
        Assert.Equal(_first.Thumbprint, certificate.Current.TargetCertificate.Thumbprint);
        Write(_second.CertificatePem, _second.KeyPem);
        Assert.Equal(_first.Thumbprint, certificate.Current.TargetCertificate.Thumbprint);
        _time.Advance(Interval);
        Assert.Equal(_second.Thumbprint, certificate.Current.TargetCertificate.Thumbprint);
        Assert.Equal(["CN=first.test", "CN=second.test"], _log.Of("certificate taken").Select(line => line.Fields["Subject"]));
        for (var i = 0; i < 5; i++) _time.Advance(Interval);
        Assert.Equal(2, _log.Of("certificate taken").Count);
    }

    [Fact]
    public void A_changed_symbolic_link_is_a_new_pair()
    {
        // As Kubernetes mounts secrets: the file is a link, by way of a link to a replaced folder.
        foreach (var (name, pair) in new[] { ("one", _first), ("two", _second) })
        {
            Directory.CreateDirectory(File(name));
            System.IO.File.WriteAllText(Path.Combine(File(name), "tls.crt"), pair.CertificatePem);
            System.IO.File.WriteAllText(Path.Combine(File(name), "tls.key"), pair.KeyPem);
        }

        Directory.CreateSymbolicLink(File("data"), "one");
        System.IO.File.CreateSymbolicLink(File("tls.crt"), "data/tls.crt");
        System.IO.File.CreateSymbolicLink(File("tls.key"), "data/tls.key");
        using var certificate = Open();
        Directory.Delete(File("data"));
        Directory.CreateSymbolicLink(File("data"), "two");
        _time.Advance(Interval);
        Assert.Equal(_second.Thumbprint, certificate.Current.TargetCertificate.Thumbprint);
    }

    [Fact]
    public void An_invalid_pair_is_logged_once_and_the_old_pair_stays_in_use()
    {
        Write(_first.CertificatePem, _first.KeyPem);
        using var certificate = Open();
        Write(_second.CertificatePem, _first.KeyPem);
        for (var i = 0; i < 5; i++) _time.Advance(Interval);
        Assert.Equal(LogLevel.Error, Assert.Single(_log.Of("certificate refused")).Level);
        Assert.Equal(_first.Thumbprint, certificate.Current.TargetCertificate.Thumbprint);
        System.IO.File.Delete(File("tls.key"));
        for (var i = 0; i < 5; i++) _time.Advance(Interval);
        Assert.Equal(2, _log.Of("certificate refused").Count);
        Write(_second.CertificatePem, _second.KeyPem);
        _time.Advance(Interval);
        Assert.Equal(_second.Thumbprint, certificate.Current.TargetCertificate.Thumbprint);
    }

    [Fact]
    public void A_half_replaced_pair_is_not_logged()
    {
        Write(_first.CertificatePem, _first.KeyPem);
        using var certificate = Open();
        Write(_second.CertificatePem, _first.KeyPem);
        _time.Advance(Interval);
        Write(_second.CertificatePem, _second.KeyPem);
        _time.Advance(Interval);
        Assert.Empty(_log.Of("certificate refused"));
        Assert.Equal(_second.Thumbprint, certificate.Current.TargetCertificate.Thumbprint);
    }

    [Fact]
    public void An_invalid_pair_fails_the_start()
    {
        var failure = Assert.Throws<StartFailureException>(Open);
        Assert.StartsWith($"Tls:Certificate {File("tls.crt")} with Tls:Key {File("tls.key")} cannot be used: ", failure.Message,
            StringComparison.Ordinal);
        Write("nothing", _first.KeyPem);
        Assert.Throws<StartFailureException>(Open);
        Write(_first.CertificatePem, _second.KeyPem);
        Assert.Throws<StartFailureException>(Open);
    }

    private ServerCertificate Open()
    {
        var certificate = new ServerCertificate(new TlsOptions { Certificate = File("tls.crt"), Key = File("tls.key") }, _time, _log);
        certificate.Begin();
        return certificate;
    }

    private string File(string name) => _folder[name];

    private void Write(string certificate, string key)
    {
        System.IO.File.WriteAllText(File("tls.crt"), certificate);
        System.IO.File.WriteAllText(File("tls.key"), key);
    }
}

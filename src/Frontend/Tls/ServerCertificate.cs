using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Core;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Tls;

/// <summary>
/// The certificate that the listeners show. Its files are looked at again and again: a new pair takes the place of the old one for the
/// handshakes that follow, and one that is not good is said once and not taken. Thread-safe.
/// </summary>
internal sealed class ServerCertificate : IDisposable
{
    private readonly TlsOptions _options;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private volatile SslStreamCertificateContext _current;
    private string _taken;
    private string _suspect = "";
    private bool _isSaid;

    /// <exception cref="StartFailureException">A file cannot be read, or does not hold what it should.</exception>
    public ServerCertificate(TlsOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _logger) = (options, logger);
        try
        {
            var (certificate, key) = ReadFiles();
            _current = Load(certificate, key);
            _taken = Fingerprint(certificate, key);
        }
        catch (Exception e) when (IsFileFault(e))
        {
            throw new StartFailureException(
                $"Tls:Certificate {options.Certificate} with Tls:Key {options.Key} cannot be used: {e.Message}", e);
        }

        SayTaken();
        _timer = time.CreateTimer(_ => Look(), null, FrontendLimits.CertificateLook, FrontendLimits.CertificateLook);
    }

    /// <summary>What the next handshake shows.</summary>
    public SslStreamCertificateContext Current => _current;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    // The timer's calls do not overlap, unless one takes longer than the interval: then the later one leaves it to the earlier.
    private void Look()
    {
        if (!Monitor.TryEnter(_timer)) return;
        var state = "";
        try
        {
            var (certificate, key) = ReadFiles();
            state = Fingerprint(certificate, key);
            if (state == _taken)
            {
                (_suspect, _isSaid) = ("", false);
                return;
            }

            _current = Load(certificate, key);
            (_taken, _suspect, _isSaid) = (state, "", false);
            SayTaken();
        }
        catch (Exception e) when (IsFileFault(e))
        {
            // The two files are replaced one after the other, so that only a pair that stays as it is counts as bad.
            if (state.Length == 0) state = e.Message;
            if (_suspect == state && !_isSaid)
            {
                _isSaid = true;
                _logger.CertificateRefused(_options.Certificate, e.Message);
            }
            else if (_suspect != state)
            {
                (_suspect, _isSaid) = (state, false);
            }
        }
        finally
        {
            Monitor.Exit(_timer);
        }
    }

    private void SayTaken()
    {
        var certificate = _current.TargetCertificate;
        _logger.CertificateTaken(_options.Certificate, certificate.Subject, certificate.NotAfter.ToUniversalTime());
    }

    private (string Certificate, string Key) ReadFiles() => (File.ReadAllText(_options.Certificate), File.ReadAllText(_options.Key));

    private static SslStreamCertificateContext Load(string certificatePem, string keyPem)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificatePem);
        var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        // Offline: what lies between the certificate and its authority stands in the file, and is not fetched from anywhere.
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    private static string Fingerprint(string certificate, string key) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{certificate}\0{key}")));

    private static bool IsFileFault(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException;
}

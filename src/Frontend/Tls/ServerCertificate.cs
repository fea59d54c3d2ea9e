using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Configuration;
using Postfleet.Core;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Tls;

/// <summary>
/// Owns the certificate of the listeners and reloads it from its files by a timer. A valid new pair of files replaces the certificate for
/// later handshakes; an invalid pair is logged once and ignored. Thread-safe.
/// </summary>
internal sealed class ServerCertificate : IDisposable
{
    private readonly TlsOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private ITimer? _timer;
    private volatile SslStreamCertificateContext _current;
    private volatile string _loaded;
    private string _suspect = "";
    private bool _isLogged;

    /// <summary>Reads the files. <see cref="Begin"/> starts the timer.</summary>
    /// <exception cref="StartFailureException">A file cannot be read or is invalid.</exception>
    public ServerCertificate(TlsOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        try
        {
            var (certificate, key) = ReadFiles();
            _current = Load(certificate, key);
            _loaded = Fingerprint(certificate, key);
        }
        catch (Exception e) when (FileFaults.IsFault(e))
        {
            throw new StartFailureException(
                $"Tls:Certificate {options.Certificate} with Tls:Key {options.Key} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The certificate for the next handshake.</summary>
    public SslStreamCertificateContext Current => _current;

    /// <summary>Whether another certificate has the same files with the same content.</summary>
    public bool IsSame(ServerCertificate other) => _options == other._options && _loaded == other._loaded;

    /// <summary>Begins to watch the files. Called once.</summary>
    public void Begin()
    {
        LogLoaded();
        _timer = _time.CreateTimer(_ => Reload(), null, FrontendLimits.CertificateCheckInterval, FrontendLimits.CertificateCheckInterval);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    // Timer calls overlap if a call takes longer than the interval; the later call then does nothing.
    private void Reload()
    {
        if (!_lock.TryEnter()) return;
        var state = "";
        try
        {
            var (certificate, key) = ReadFiles();
            state = Fingerprint(certificate, key);
            if (state == _loaded)
            {
                (_suspect, _isLogged) = ("", false);
                return;
            }

            _current = Load(certificate, key);
            (_loaded, _suspect, _isLogged) = (state, "", false);
            LogLoaded();
        }
        catch (Exception e) when (FileFaults.IsFault(e))
        {
            // The two files are replaced one after the other: only a pair invalid twice in the same state is reported.
            if (state.Length == 0) state = e.Message;
            if (_suspect == state && !_isLogged)
            {
                _isLogged = true;
                _logger.CertificateRefused(_options.Certificate, e.Message);
            }
            else if (_suspect != state)
            {
                (_suspect, _isLogged) = (state, false);
            }
        }
        finally
        {
            _lock.Exit();
        }
    }

    private void LogLoaded()
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
        // Offline: intermediate certificates come from the file and are not downloaded.
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    private static string Fingerprint(string certificate, string key) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{certificate}\0{key}")));
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Configuration;
using Postfleet.Node.Configuration;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>Files named in the configuration and the connection string are checked before the node starts.</summary>
public sealed class FileChecksTests : IDisposable
{
    private readonly Sources _sources = new() { ChecksFiles = true };

    /// <summary>All keys with a rule for file names.</summary>
    public static TheoryData<string> KeysOfFiles =>
        [.. ConfigurationTable.Table.Keys.Where(key => key.Rule.Kind == ValueKind.FilePath).Select(KeyModel.FirstPath)];

    public void Dispose() => _sources.Dispose();

    [Theory]
    [MemberData(nameof(KeysOfFiles))]
    public void A_file_that_is_missing_is_refused_by_its_key(string key)
    {
        GiveAll();
        Assert.Empty(_sources.Load().Errors);

        _sources.Arguments.Add($"--{key}=missing.pem");

        var error = _sources.LoadError();
        Assert.Contains(key, error, StringComparison.Ordinal);
        Assert.Contains("missing.pem", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tls:Certificate")]
    [InlineData("Tls:Key")]
    [InlineData("Cluster:Tls:Certificate")]
    [InlineData("Cluster:Tls:Key")]
    [InlineData("Cluster:Tls:Authority")]
    [InlineData("Delivery:Tls:Authorities")]
    [InlineData("Filters:0:Authorities")]
    public void A_file_that_is_not_PEM_is_refused_by_its_key(string key)
    {
        GiveAll();
        _sources.Arguments.Add($"--{key}=text.pem");
        foreach (var text in new[] { "this is no certificate", "" })
        {
            _sources.Write(text, "text.pem");
            Assert.Contains(key, _sources.LoadError(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Missing_file_is_reported_beside_an_empty_key()
    {
        _sources.Arguments.Add("--Tls:Certificate=missing.pem");
        _sources.Arguments.Add("--Cluster:Tls:Authority=missing.crt");

        var errors = _sources.Load().Errors;
        Assert.Contains(errors, error => error.Contains("Tls:Key is empty", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("missing.pem", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("missing.crt", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Tls:Key")]
    [InlineData("Cluster:Tls:Key")]
    public void The_key_of_another_certificate_is_refused(string key)
    {
        GiveAll();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _sources.Write(other.ExportPkcs8PrivateKeyPem(), "other.key");
        _sources.Arguments.Add($"--{key}=other.key");

        Assert.Contains(key, _sources.LoadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no password")]
    [InlineData("\r\n", "no password")]
    [InlineData("one\ntwo\n", "more than a line of text")]
    public void A_password_file_without_a_password_is_refused(string text, string reason)
    {
        GiveAll();
        _sources.Write(text, "password");

        Assert.Equal($"Routes:0:PasswordFile is 'password', which holds {reason}; allowed: a file with the password", _sources.LoadError());
    }

    [Fact]
    public void Password_file_that_is_not_UTF_8_is_refused()
    {
        GiveAll();
        File.WriteAllBytes(_sources.Write("", "password"), [(byte)'p', 0xE4, (byte)'s']);

        Assert.Equal(
            "Routes:0:PasswordFile is 'password', which is not UTF-8; allowed: a file with the password in UTF-8", _sources.LoadError());
    }

    [Fact]
    public void A_rule_whose_sample_it_does_not_match_is_refused()
    {
        _sources.Write(
            "{ \"rules\": [\n{ \"id\": \"a\", \"class\": \"spam\", \"codes\": 550, \"sample\": \"551 x\" } ] }", "responses.json");
        _sources.Arguments.Add("--Responses:Files=responses.json");

        Assert.Equal(
            "Responses:Files:0 is 'responses.json', line 2: sample is '551 x', which the rule does not match; "
            + "allowed: a reply with its codes, text and stage",
            _sources.LoadError());
    }

    [Fact]
    public void A_data_folder_that_is_a_file_is_refused()
    {
        _sources.Write("", "mail");
        _sources.Arguments.Add("--Storage:Path=mail");

        Assert.Equal("Storage:Path is 'mail', which is a file; allowed: the path of a folder", _sources.LoadError());
    }

    [Fact]
    public void A_certificate_with_a_short_key_is_warned_of()
    {
        using var key = RSA.Create(1024);
        var request = new CertificateRequest($"CN={Sources.MachineName}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Sources.MachineName);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(500));
        _sources.Write(certificate.ExportCertificatePem(), "short.crt");
        _sources.Write(key.ExportPkcs8PrivateKeyPem(), "short.key");
        _sources.Arguments.AddRange(["--Tls:Certificate=short.crt", "--Tls:Key=short.key"]);

        Assert.StartsWith("Tls:Certificate is 'short.crt', which has an RSA key of 1024 bits", Assert
            .Single(_sources.Load().Loaded!.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.2", true)]
    [InlineData("1.3.6.1.5.5.7.3.1", false)]
    [InlineData("2.5.29.37.0", false)]
    public void Certificate_for_clients_only_is_warned_of(string usage, bool isWarned)
    {
        GiveAll();
        WriteCertificate("usage.crt", "usage.key", DateTimeOffset.UnixEpoch.AddYears(500), usage);
        _sources.Arguments.AddRange(["--Tls:Certificate=usage.crt", "--Tls:Key=usage.key"]);

        var warned = _sources.Load().Loaded!.Warnings.Any(warning => warning.StartsWith(
            "Tls:Certificate is 'usage.crt', whose extended key usage lacks server authentication", StringComparison.Ordinal));
        Assert.Equal(isWarned, warned);
    }

    [Fact]
    public void A_key_names_a_file_where_its_rule_says_so() => Assert.All(
        ConfigurationTable.Table.Keys,
        key => Assert.Equal(key.Rule.Allowed.Contains("file", StringComparison.Ordinal), key.Rule.Kind == ValueKind.FilePath));

    [Theory]
    [InlineData("Host=db;Databse=mail;Password=hunter2", "databse")]
    [InlineData("Host=db;Port=abc;Password=hunter2", "port")]
    [InlineData("Host=db;Port=70000;Password=hunter2", "port '70000'")]
    [InlineData("Host=db:70000;Password=hunter2", "port '70000'")]
    [InlineData("Host=a:5432,b:x;Target Session Attributes=primary;Password=hunter2", "port 'x'")]
    [InlineData("Database=mail;Password=hunter2", "names no host")]
    [InlineData("Host=db;Maximum Pool Size=0;Password=hunter2", "Maximum Pool Size=0")]
    [InlineData("Host=db;Command Timeout=0;Password=hunter2", "Command Timeout=0")]
    [InlineData("Host=db;Timeout=0;Password=hunter2", "Timeout=0")]
    [InlineData("Host=db;Root Certificate=/missing/ca.crt;Password=hunter2", "Root Certificate=/missing/ca.crt")]
    [InlineData("Host=db;SSL Key=/missing/node.key;Password=hunter2", "SSL Key=/missing/node.key")]
    [InlineData("Host=a,b;Database=mail;Password=hunter2", "Target Session Attributes=primary")]
    public void A_connection_string_that_the_driver_refuses_is_refused_in_one_line_without_its_password(string text, string reason)
    {
        _sources.Arguments.AddRange(["--Storage:Provider=postgres", $"--Storage:ConnectionString={text}"]);

        var error = _sources.LoadError();
        Assert.StartsWith("Storage:ConnectionString is '***': ", error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void A_certificate_that_is_for_another_name_or_has_expired_is_a_warning()
    {
        GiveAll();
        _sources.Arguments.Add("--Node:Hostname=other.example.org");

        Assert.Contains(
            _sources.Load().Loaded!.Warnings,
            warning => warning == "Tls:Certificate is 'tls.crt', which is not for Node:Hostname 'other.example.org'");

        WriteCertificate("old.crt", "old.key", DateTimeOffset.UnixEpoch.AddYears(31));
        _sources.Arguments.AddRange(["--Tls:Certificate=old.crt", "--Tls:Key=old.key", $"--Node:Hostname={Sources.MachineName}"]);

        Assert.Contains("which has expired at 2001-01-01", Assert.Single(_sources.Load().Loaded!.Warnings), StringComparison.Ordinal);
    }

    private static readonly Lazy<string> SigningKey = new(() =>
    {
        using var key = RSA.Create(2048);
        return key.ExportPkcs8PrivateKeyPem();
    });

    private void GiveAll()
    {
        WriteCertificate("tls.crt", "tls.key", DateTimeOffset.UnixEpoch.AddYears(500));
        _sources.Write("secret", "password");
        _sources.Write("4f7b0c1e9a", "token");
        // The seed of an Ed25519 key.
        _sources.Write(Convert.ToBase64String(new byte[32]), "seed");
        _sources.Write(SigningKey.Value, "rsa");
        _sources.Arguments.AddRange(
        [
            "--Tls:Certificate=tls.crt", "--Tls:Key=tls.key",
            "--Cluster:Tls:Certificate=tls.crt", "--Cluster:Tls:Key=tls.key", "--Cluster:Tls:Authority=tls.crt",
            "--Delivery:Tls:Authorities=tls.crt",
            "--Routes:0:Domain=*", "--Routes:0:To=smtps://relay.example.org:465", "--Routes:0:User=us", "--Routes:0:PasswordFile=password",
            "--Admin:Tokens:0:Name=dashboard", "--Admin:Tokens:0:TokenFile=token",
            "--Filters:0:Name=hook", "--Filters:0:Protocol=hooks", "--Filters:0:Url=http://localhost/", "--Filters:0:SecretFile=token",
            "--Filters:0:Authorities=tls.crt",
            "--Dkim:0:Domain=example.org", "--Dkim:0:Selector=s1", "--Dkim:0:Key=rsa", "--Signing:SecretFile=seed",
            "--Inbound:Seal:Domain=example.org", "--Inbound:Seal:Selector=arc1", "--Inbound:Seal:Key=seed",
        ]);
    }

    private void WriteCertificate(string certificateFile, string keyFile, DateTimeOffset until, string? usage = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Sources.MachineName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Sources.MachineName);
        request.CertificateExtensions.Add(names.Build());
        if (usage is not null) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions
            .Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, until);
        _sources.Write(certificate.ExportCertificatePem(), certificateFile);
        _sources.Write(key.ExportPkcs8PrivateKeyPem(), keyFile);
    }
}

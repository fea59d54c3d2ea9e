using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Cluster.Common;
using Postfleet.Configuration;
using Postfleet.Core;
using Postfleet.Core.Options;
using Postfleet.Storage.Postgres;

namespace Postfleet.Node.Configuration;

/// <summary>
/// Checks files that the configuration names, and the connection string by the rules of its driver. It opens no port and no storage, so that <c>check</c> can do it
/// beside a node that runs.
/// </summary>
internal static class FileChecks
{
    /// <summary>An error line for each fault.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="workingDirectory">Where relative file names start.</param>
    public static IEnumerable<string> Check(PostfleetOptions options, string workingDirectory)
    {
        string Full(string file) => Path.GetFullPath(file, workingDirectory);
        // A key that is empty beside others that are not is the fault of other checks; the files of the others are read all the same.
        foreach (var fault in CheckPair("Tls", options.Tls.Certificate, options.Tls.Key, Full)) yield return fault;
        var cluster = options.Cluster.Tls;
        List<string> faults = [.. CheckPair("Cluster:Tls", cluster.Certificate, cluster.Key, Full)];
        if (cluster.Authority.Length > 0 && Try(() => File.ReadAllText(Full(cluster.Authority))) is { } noAuthority)
            faults.Add($"Cluster:Tls:Authority is '{cluster.Authority}', which cannot be read: {noAuthority}; allowed: a file with certificates in PEM form");
        if (faults.Count == 0 && cluster is { Certificate.Length: > 0, Key.Length: > 0, Authority.Length: > 0 } && CheckCluster(cluster, Full) is { } reason) faults.Add(reason);
        foreach (var fault in faults) yield return fault;

        if (options.Delivery.Tls.Authorities is { Length: > 0 } authorities && CheckAuthorities(Full(authorities)) is { } unusable)
            yield return $"Delivery:Tls:Authorities is '{authorities}', which cannot be used: {unusable}; allowed: a file with certificates in PEM form";
        foreach (var (index, route) in options.Routes.Index())
        {
            var password = "";
            if (route.PasswordFile.Length == 0) continue;
            var key = $"Routes:{index}:PasswordFile is '{route.PasswordFile}'";
            if (Try(() => password = File.ReadAllText(Full(route.PasswordFile)).TrimEnd('\r', '\n')) is { } unreadable)
                yield return $"{key}, which cannot be read: {unreadable}; allowed: a file with the password";
            else if (password.Length == 0 || password.Any(char.IsControl))
                yield return $"{key}, which holds {(password.Length == 0 ? "no password" : "more than a line of text")}; allowed: a file with the password";
        }

        if (options.Storage is { Provider: "sqlite" } folder && File.Exists(Full(folder.Path))) yield return $"Storage:Path is '{folder.Path}', which is a file; allowed: the path of a folder";

        if (options.Storage is { Provider: "postgres", ConnectionString.Length: > 0 } storage && CheckConnectionString(storage.ConnectionString) is { } refused)
            yield return $"Storage:ConnectionString is '{Secrets.Mask}': {refused}; allowed: name=value pairs that Npgsql knows, such as Host=db;Database=postfleet";
    }

    /// <summary>The certificate of the listeners; null where there is none that can be used.</summary>
    public static X509Certificate2? ListenerCertificate(TlsOptions tls, string workingDirectory)
    {
        X509Certificate2? found = null;
        if (tls.Certificate.Length > 0) Try(() => found = X509Certificate2.CreateFromPem(File.ReadAllText(Path.GetFullPath(tls.Certificate, workingDirectory))));
        return found;
    }

    private static IEnumerable<string> CheckPair(string section, string certificateFile, string keyFile, Func<string, string> full)
    {
        string? certificate = null, key = null;
        if (certificateFile.Length > 0 && Try(() => certificate = File.ReadAllText(full(certificateFile))) is { } noCertificate)
            yield return $"{section}:Certificate is '{certificateFile}', which cannot be read: {noCertificate}; allowed: a file with a certificate in PEM form";
        if (keyFile.Length > 0 && Try(() => key = File.ReadAllText(full(keyFile))) is { } noKey)
            yield return $"{section}:Key is '{keyFile}', which cannot be read: {noKey}; allowed: a file with a private key in PEM form";
        if (certificate is null) yield break;
        if (Try(() => X509Certificate2.CreateFromPem(certificate).Dispose()) is not null)
            yield return $"{section}:Certificate is '{certificateFile}', which holds no certificate; allowed: a file with a certificate in PEM form";
        else if (key is not null && Try(() => X509Certificate2.CreateFromPem(certificate, key).Dispose()) is { } fault)
            yield return $"{section}:Key is '{keyFile}', which does not go with {section}:Certificate '{certificateFile}': {fault}; " +
                "allowed: the private key of that certificate in PEM form, not encrypted";
    }

    private static string? CheckCluster(ClusterTlsOptions tls, Func<string, string> full)
    {
        try
        {
            ClusterTls.Load(full(tls.Certificate), full(tls.Key), full(tls.Authority));
            return null;
        }
        catch (StartFailureException e)
        {
            return e.Message;
        }
    }

    private static string? CheckAuthorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        return Try(() => authorities.ImportFromPemFile(path)) ?? (authorities.Count == 0 ? "it holds no certificate" : null);
    }

    private static string? CheckConnectionString(string text)
    {
        try
        {
            PostgresPool.Describe(text);
            return null;
        }
        catch (StartFailureException e)
        {
            return e.Message;
        }
    }

    // The reason, in one line; null where there is none.
    private static string? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }
}

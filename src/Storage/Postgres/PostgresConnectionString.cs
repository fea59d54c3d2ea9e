using System.Globalization;
using System.Net;
using Npgsql;
using Postfleet.Core;

namespace Postfleet.Storage.Postgres;

/// <summary>Reads and checks the operator's connection string, before anything connects. Errors never contain the string.</summary>
public static class PostgresConnectionString
{
    private const string GssEncryption = "GSS Encryption Mode";

    /// <summary>The key of a connection string that gives a password (<c>Password</c> or <c>Passfile</c>); null for none.</summary>
    /// <exception cref="StartFailureException">The connection string cannot be read.</exception>
    public static string? FindPassword(string connectionString)
    {
        var settings = Parse(connectionString);
        return !string.IsNullOrEmpty(settings.Password) ? "Password" : !string.IsNullOrEmpty(settings.Passfile) ? "Passfile" : null;
    }

    /// <summary>Host, port and name of the database, without secrets.</summary>
    /// <exception cref="StartFailureException">The connection string cannot be used.</exception>
    public static string Describe(string connectionString) => Describe(Read(connectionString));

    internal static string Describe(NpgsqlConnectionStringBuilder settings)
    {
        var place = HasSeveralHosts(settings) ? settings.Host : $"{settings.Host}:{settings.Port}";
        return $"{place}/{settings.Database}";
    }

    /// <summary>Parses and checks a connection string.</summary>
    /// <exception cref="StartFailureException">The connection string cannot be used.</exception>
    internal static NpgsqlConnectionStringBuilder Read(string connectionString)
    {
        var settings = Parse(connectionString);
        Check(settings);
        // By default Npgsql looks for a Kerberos ticket at each first connection, and without libgssapi_krb5 writes a line to standard
        // error.
        if (!settings.ShouldSerialize(GssEncryption)) settings.GssEncryptionMode = GssEncryptionMode.Disable;
        return settings;
    }

    internal static bool HasSeveralHosts(NpgsqlConnectionStringBuilder settings) =>
        settings.Host!.Contains(',', StringComparison.Ordinal);

    /// <summary>
    /// The settings for each host of a connection string, which name a single host and no <c>Target Session Attributes</c>.
    /// </summary>
    internal static IReadOnlyList<NpgsqlConnectionStringBuilder> SplitHosts(NpgsqlConnectionStringBuilder settings)
    {
        if (!HasSeveralHosts(settings)) return [settings];
        return [.. settings.Host!.Split(',').Select(host => host.Trim()).Select(host =>
        {
            var single = new NpgsqlConnectionStringBuilder(settings.ConnectionString);
            single.Remove("Target Session Attributes");
            single.Remove("Load Balance Hosts");
            single.Remove("Host Recheck Seconds");
            single.Host = host;
            if (PortOf(host) is { } port)
            {
                single.Host = host[..^(port.Length + 1)].Trim('[', ']');
                single.Port = int.Parse(port, CultureInfo.InvariantCulture);
            }

            return single;
        })];
    }

    // Without Target Session Attributes, Npgsql uses the first host to answer. A standby refuses writes and returns outdated rows.
    private static void Check(NpgsqlConnectionStringBuilder settings)
    {
        if (string.IsNullOrEmpty(settings.Host)) throw new StartFailureException("the PostgreSQL connection string names no host");
        // Npgsql validates ports only when it connects, and then throws an exception that is not a connection failure.
        foreach (var port in settings.Host.Split(',').Select(PortOf).Append(settings.Port.ToString(CultureInfo.InvariantCulture)))
        {
            if (port is not null && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number is > 0 and <= IPEndPoint.MaxPort))
                throw new StartFailureException(
                    $"the PostgreSQL connection string has the port '{port}'; allowed: 1 to {IPEndPoint.MaxPort}");
        }

        if (settings.MaxPoolSize == 0)
            throw new StartFailureException("the PostgreSQL connection string has Maximum Pool Size=0, which leaves no connection");
        // 0 means no limit to Npgsql: a statement or an attempt to connect would wait forever for a vanished server.
        foreach (var (word, seconds) in new[] { ("Command Timeout", settings.CommandTimeout), ("Timeout", settings.Timeout) })
        {
            if (seconds == 0)
                throw new StartFailureException(
                    $"the PostgreSQL connection string has {word}=0, which is no limit; allowed: 1 second or more");
        }

        foreach (var (word, file) in new[]
            { ("Root Certificate", settings.RootCertificate), ("SSL Certificate", settings.SslCertificate), ("SSL Key", settings.SslKey),
                ("Passfile", settings.Passfile) })
        {
            if (!string.IsNullOrEmpty(file) && !File.Exists(file))
                throw new StartFailureException($"the PostgreSQL connection string has {word}={file}, and there is no such file");
        }

        if (HasSeveralHosts(settings) && settings.TargetSessionAttributes is not ("primary" or "read-write"))
        {
            throw new StartFailureException(
                "the PostgreSQL connection string names several hosts, " +
                "so it must say which host to use: Target Session Attributes=primary");
        }
    }

    // The text after the last colon of host:port or [address]:port; null for a bare host, an IPv6 address without brackets, and a path.
    private static string? PortOf(string host)
    {
        host = host.Trim();
        var colon = host.LastIndexOf(':');
        return colon < 0 || host.StartsWith('/') || host.EndsWith(']')
            || (host[0] != '[' && host.IndexOf(':', StringComparison.Ordinal) != colon) ? null : host[(colon + 1)..];
    }

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The connection string itself is left out: it may hold a password.
            throw new StartFailureException($"the PostgreSQL connection string cannot be read: {e.Message}", e);
        }
    }
}

using System.Globalization;
using System.Net;
using Npgsql;
using Postfleet.Core;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Creates connection pools for the shared database of all nodes, with default limits for settings missing from the operator's connection
/// string. The spool, the journal and the configuration check call it.
/// </summary>
public static class PostgresPool
{
    /// <summary>
    /// Longest time of a statement, in seconds. The loss of a server during a statement is noticed after this time plus 2 s for the cancel
    /// request and 5 s for the connection of the request. The longest statement of this program is a commit of 8 MB, which takes
    /// milliseconds on a healthy disk.
    /// </summary>
    public const int CommandSeconds = 15;

    /// <summary>Longest time to open a connection, in seconds. A server in the same data centre answers in milliseconds.</summary>
    public const int ConnectSeconds = 5;

    /// <summary>
    /// Seconds after which an idle connection is probed. Firewalls drop idle connections after minutes, and a dead connection is closed.
    /// </summary>
    private const int IdleSeconds = 15;

    /// <summary>
    /// Ends a session idle inside a transaction for 5 seconds, because its process or machine is frozen. Otherwise the server would keep
    /// the rows and event numbers of the transaction locked, and the node taking over the work would wait for them. Inside a transaction
    /// this program waits for nothing but the server. The cluster reassigns the work of a silent node after ten seconds at the earliest.
    /// </summary>
    public const string EndStalledTransactions = "-c idle_in_transaction_session_timeout=5000";

    /// <summary>Creates a pool. The pool connects on first use.</summary>
    /// <param name="connectionString">The operator's connection string. Several hosts (<c>Host=a,b</c>) need <c>Target Session
    /// Attributes=primary</c>.</param>
    /// <param name="connections">Most connections, unless the connection string has a <c>Maximum Pool Size</c>.</param>
    /// <param name="name">The application name in the server's list of sessions.</param>
    /// <param name="waitSeconds">Longest wait for a connection in seconds, for a new connection or for the return of a pooled
    /// connection.</param>
    /// <param name="options">Server settings of the sessions (<c>-c name=value</c>), placed before the options of the connection
    /// string.</param>
    /// <param name="password">The password for a new connection; null for the password of the connection string.</param>
    /// <exception cref="StartFailureException">The connection string is invalid, or does not say which of its hosts to write
    /// to.</exception>
    public static NpgsqlDataSource Create(
        string connectionString, int connections, string name, int waitSeconds = ConnectSeconds, string options = "",
        Func<string>? password = null)
    {
        var settings = Parse(connectionString);
        Check(settings);
        Default("Maximum Pool Size", () => settings.MaxPoolSize = connections);
        Default("Timeout", () => settings.Timeout = waitSeconds);
        Default("Command Timeout", () => settings.CommandTimeout = CommandSeconds);
        Default("Application Name", () => settings.ApplicationName = name);
        // A few statements run thousands of times a second, so each session prepares them.
        Default("Max Auto Prepare", () => settings.MaxAutoPrepare = 32);
        Default("Auto Prepare Min Usages", () => settings.AutoPrepareMinUsages = 2);
        // No statement of this program leaves state in its session. Npgsql would otherwise send six statements to reset the session each
        // time a connection leaves the pool, which doubles the number of statements.
        Default("No Reset On Close", () => settings.NoResetOnClose = true);
        // How long a host is skipped after it was no primary. The default of ten seconds would lengthen a fail-over of a few seconds.
        Default("Host Recheck Seconds", () => settings.HostRecheckSeconds = 2);
        // Tells which statement of a transaction failed.
        Default("Include Failed Batched Command", () => settings.IncludeFailedBatchedCommand = true);
        // Unix sockets have no TCP keepalive.
        if (!settings.Host!.Contains('/', StringComparison.Ordinal))
        {
            Default("TCP Keepalive", () => settings.TcpKeepAlive = true);
            Default("TCP Keepalive Time", () => settings.TcpKeepAliveTime = IdleSeconds);
        }

        settings.Options = $"{EndStalledTransactions} {options} {settings.Options}".TrimEnd();
        try
        {
            return Build(settings, password);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new StartFailureException($"the PostgreSQL connection string cannot be used: {e.Message}", e);
        }

        void Default(string key, Action set)
        {
            if (!settings.ShouldSerialize(key)) set();
        }
    }

    /// <summary>Creates a pool by the settings alone.</summary>
    /// <param name="settings">The settings, without a password if <paramref name="password"/> is given.</param>
    /// <param name="password">The password for a new connection; null for the password of the settings.</param>
    public static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings, Func<string>? password)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        // Called for each connection to the server, so a changed password is used at once, and open connections stay.
        if (password is not null) builder.UsePasswordProvider(_ => password(), (_, _) => new ValueTask<string>(password()));
        return builder.Build();
    }

    /// <summary>The key of a connection string that gives a password (<c>Password</c> or <c>Passfile</c>); null for none.</summary>
    /// <exception cref="StartFailureException">The connection string cannot be read.</exception>
    public static string? FindPassword(string connectionString)
    {
        var settings = Parse(connectionString);
        return !string.IsNullOrEmpty(settings.Password) ? "Password" : !string.IsNullOrEmpty(settings.Passfile) ? "Passfile" : null;
    }

    /// <summary>Host, port and name of a pool's database, without secrets.</summary>
    public static string Describe(NpgsqlDataSource source)
    {
        var settings = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        var place = settings.Host!.Contains(',', StringComparison.Ordinal) ? settings.Host : $"{settings.Host}:{settings.Port}";
        return $"{place}/{settings.Database}";
    }

    /// <summary>Host, port and name of a connection string's database, without secrets.</summary>
    /// <exception cref="StartFailureException">The connection string cannot be read.</exception>
    public static string Describe(string connectionString)
    {
        using var source = Create(connectionString, 1, "postfleet");
        return Describe(source);
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

        if (!settings.Host.Contains(',', StringComparison.Ordinal)) return;
        if (settings.TargetSessionAttributes is not ("primary" or "read-write"))
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

    internal static NpgsqlConnectionStringBuilder Parse(string connectionString)
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

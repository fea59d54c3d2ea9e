using System.Globalization;
using System.Net;
using Npgsql;
using Postfleet.Core;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Makes pools of connections to the database that all nodes share, with limits where the operator's connection string says nothing.
/// </summary>
public static class PostgresPool
{
    /// <summary>
    /// Most seconds that a statement may take. A server that vanished in the middle of one is noticed after these, the two of the attempt
    /// to cancel it, and the five of the connection that the attempt makes. The longest of ours is a commit of 8 MB, milliseconds on a
    /// healthy disk.
    /// </summary>
    public const int CommandSeconds = 15;

    /// <summary>Most seconds until a connection is there: a server across a data centre answers in milliseconds.</summary>
    public const int ConnectSeconds = 5;

    /// <summary>
    /// An idle connection is probed after these seconds, so that no firewall forgets it (they do after minutes) and a dead one is closed.
    /// </summary>
    private const int IdleSeconds = 15;

    /// <summary>
    /// Ends a session that stands still inside a transaction for 5 seconds: its process is frozen, or its machine is. The server would keep
    /// the rows that it has written, and the numbers of its events, locked for as long as that lasts, and whoever has its work by then
    /// would wait for them. No code of ours waits for anything but the server inside a transaction; the cluster gives the work of a silent
    /// node to another after ten seconds at the earliest.
    /// </summary>
    public const string EndStalledTransactions = "-c idle_in_transaction_session_timeout=5000";

    /// <summary>Makes a pool. It connects when it is first used.</summary>
    /// <param name="connectionString">The operator's. Several hosts (<c>Host=a,b</c>) need <c>Target Session
    /// Attributes=primary</c>.</param>
    /// <param name="connections">Most connections, unless the connection string has a <c>Maximum Pool Size</c>.</param>
    /// <param name="name">What the server's list of sessions calls them.</param>
    /// <param name="waitSeconds">Most seconds until there is a connection, be it a new one or one that others give back.</param>
    /// <param name="options">Server settings of these sessions (<c>-c name=value</c>), before those of the connection string.</param>
    /// <exception cref="StartFailureException">The connection string is none, or does not say which of its hosts to write to.</exception>
    public static NpgsqlDataSource Create(
        string connectionString, int connections, string name, int waitSeconds = ConnectSeconds, string options = "")
    {
        var settings = Parse(connectionString);
        Check(settings);
        Default("Maximum Pool Size", () => settings.MaxPoolSize = connections);
        Default("Timeout", () => settings.Timeout = waitSeconds);
        Default("Command Timeout", () => settings.CommandTimeout = CommandSeconds);
        Default("Application Name", () => settings.ApplicationName = name);
        // The few statements there are run thousands of times a second, so each session prepares them.
        Default("Max Auto Prepare", () => settings.MaxAutoPrepare = 32);
        Default("Auto Prepare Min Usages", () => settings.AutoPrepareMinUsages = 2);
        // None of our statements leaves anything in its session. Npgsql would send six statements ahead of the next one to clear it, each
        // time a connection comes out of the pool: as many as all others together.
        Default("No Reset On Close", () => settings.NoResetOnClose = true);
        // How long a host that was no primary is passed over; a fail-over that takes seconds must not cost ten more.
        Default("Host Recheck Seconds", () => settings.HostRecheckSeconds = 2);
        // A unix socket knows no such option.
        if (!settings.Host!.Contains('/', StringComparison.Ordinal))
        {
            Default("TCP Keepalive", () => settings.TcpKeepAlive = true);
            Default("TCP Keepalive Time", () => settings.TcpKeepAliveTime = IdleSeconds);
        }

        settings.Options = $"{EndStalledTransactions} {options} {settings.Options}".TrimEnd();
        try
        {
            return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
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

    /// <summary>Where it is, without secrets.</summary>
    public static string Describe(NpgsqlDataSource source)
    {
        var settings = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        var place = settings.Host!.Contains(',', StringComparison.Ordinal) ? settings.Host : $"{settings.Host}:{settings.Port}";
        return $"{place}/{settings.Database}";
    }

    /// <summary>Where a connection string leads, without secrets.</summary>
    /// <exception cref="StartFailureException">The connection string cannot be read.</exception>
    public static string Describe(string connectionString)
    {
        using var source = Create(connectionString, 1, "postfleet");
        return Describe(source);
    }

    // Npgsql would take whichever host answers first: a standby refuses each write, or gives what was true a while ago.
    private static void Check(NpgsqlConnectionStringBuilder settings)
    {
        if (string.IsNullOrEmpty(settings.Host)) throw new StartFailureException("the PostgreSQL connection string names no host");
        // The driver looks at ports when it connects, and throws what is no fault of a connection then.
        foreach (var port in settings.Host.Split(',').Select(PortOf).Append(settings.Port.ToString(CultureInfo.InvariantCulture)))
        {
            if (port is not null && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number is > 0 and <= IPEndPoint.MaxPort))
                throw new StartFailureException(
                    $"the PostgreSQL connection string has the port '{port}', which is not one of 1 to {IPEndPoint.MaxPort}");
        }

        if (settings.MaxPoolSize == 0)
            throw new StartFailureException("the PostgreSQL connection string has Maximum Pool Size=0, which leaves no connection");
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
                "the PostgreSQL connection string names several hosts, so it must say which of them to use: Target Session Attributes=primary");
        }
    }

    // What stands behind the last colon of host:port or [address]:port; null for a host alone, an IPv6 address without brackets, and a
    // path.
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
            // Without the text itself: it may hold a password.
            throw new StartFailureException($"the PostgreSQL connection string cannot be read: {e.Message}", e);
        }
    }
}

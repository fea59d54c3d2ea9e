using Npgsql;

namespace Postfleet.Spool.Postgres;

/// <summary>Makes the pool of connections, with defaults where the operator's connection string says nothing.</summary>
internal static class PostgresSource
{
    // All of the spool's queries go by an index over a table that may be empty now and hold a million rows in a minute. A plan made for the
    // empty one would scan the full one.
    private const string PlanByIndex = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

    /// <exception cref="SpoolStartException">The connection string is none.</exception>
    public static NpgsqlDataSource Create(string connectionString, int connections)
    {
        var settings = Parse(connectionString);
        if (string.IsNullOrEmpty(settings.Host)) throw new SpoolStartException("the PostgreSQL connection string names no host");
        Default("Maximum Pool Size", () => settings.MaxPoolSize = connections);
        Default("Max Auto Prepare", () => settings.MaxAutoPrepare = 32);
        Default("Auto Prepare Min Usages", () => settings.AutoPrepareMinUsages = 2);
        Default("Timeout", () => settings.Timeout = 5);
        Default("Command Timeout", () => settings.CommandTimeout = 30);
        Default("Application Name", () => settings.ApplicationName = "postfleet spool");
        settings.Options = $"{PlanByIndex} {settings.Options}".TrimEnd();
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();

        void Default(string key, Action set)
        {
            if (!settings.ShouldSerialize(key)) set();
        }
    }

    /// <summary>Where it is, without secrets.</summary>
    public static string Describe(NpgsqlDataSource source)
    {
        var settings = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        return $"{settings.Host}:{settings.Port}/{settings.Database}";
    }

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Without the text itself: it may hold a password.
            throw new SpoolStartException($"the PostgreSQL connection string cannot be read: {e.Message}", e);
        }
    }
}

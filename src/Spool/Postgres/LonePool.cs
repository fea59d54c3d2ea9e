using Postfleet.Spool.Common;
using Postfleet.Storage.Postgres;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// Pools of one connection, which is open while it is used: for work at RCPT, which neither waits for commits of messages nor delays them.
/// </summary>
internal static class LonePool
{
    // After the last use.
    private const int IdleSeconds = 15;

    /// <summary>Creates a pool.</summary>
    /// <param name="connectionString">The operator's connection string.</param>
    /// <param name="name">The name of the connection at the server.</param>
    /// <param name="settings">Server settings of the session.</param>
    /// <param name="spool">The settings of the spool, with the password and the check of new connections.</param>
    public static PostgresPool Create(string connectionString, string name, string[] settings, SpoolSettings? spool) => PostgresPool.Create(
        connectionString, 1, name, settings: settings, password: spool?.Password, guard: spool?.Guard,
        adjust: pool =>
        {
            pool.MaxPoolSize = 1;
            pool.MinPoolSize = 0;
            pool.ConnectionIdleLifetime = IdleSeconds;
            pool.ConnectionPruningInterval = IdleSeconds / 3;
        });
}

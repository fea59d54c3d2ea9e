using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Classifies PostgreSQL errors for the operations of a transaction. Appendix A of the PostgreSQL manual lists the codes.
/// </summary>
public static class PostgresFault
{
    /// <summary>The failure kind of an exception.</summary>
    public static FailureKind Judge(Exception exception) => exception switch
    {
        PostgresException server => Judge(server.SqlState),
        // A lost connection, a time-out, an exhausted pool, or a commit without an answer.
        NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException or CommitUnknownException =>
            FailureKind.Storage,
        _ => FailureKind.Operation,
    };

    /// <summary>Whether an exception comes from the server or the network and the operator has to act.</summary>
    public static bool IsOfServer(Exception exception) =>
        exception is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException;

    /// <summary>Whether the server itself refused the commit. Any other failure of a commit leaves its outcome unknown.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is PostgresException server && Judge(server.SqlState) != FailureKind.Storage;

    private static FailureKind Judge(string state) => state switch
    {
        PostgresErrorCodes.DiskFull => FailureKind.Full,
        // The server has become a standby, or has no free connection.
        PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.TooManyConnections => FailureKind.Storage,
        // Connection exceptions, invalid authorization, and shutdown, crash or start of the server. A statement time-out and a damaged page
        // are not listed: a single operation may cause them.
        _ when state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("28", StringComparison.Ordinal)
            || state.StartsWith("57P", StringComparison.Ordinal) => FailureKind.Storage,
        _ => FailureKind.Operation,
    };
}

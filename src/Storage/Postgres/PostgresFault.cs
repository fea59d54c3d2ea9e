using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>What PostgreSQL's errors mean for the operations of a transaction (appendix A of its manual lists the codes).</summary>
public static class PostgresFault
{
    /// <summary>What an exception means for the operations of a transaction.</summary>
    public static FailureKind Judge(Exception exception) => exception switch
    {
        PostgresException server => Judge(server.SqlState),
        // The connection, a time-out, no connection free in the pool, a commit whose answer was lost.
        NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException or CommitUnknownException =>
            FailureKind.Storage,
        _ => FailureKind.Operation,
    };

    /// <summary>Whether an exception comes from the server or the way to it, and so is the operator's to mend.</summary>
    public static bool IsOfServer(Exception exception) =>
        exception is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException;

    /// <summary>Whether the server itself said that it did not commit. Any other end of a commit leaves it open.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is PostgresException server && Judge(server.SqlState) != FailureKind.Storage;

    private static FailureKind Judge(string state) => state switch
    {
        PostgresErrorCodes.DiskFull => FailureKind.Full,
        // A server that was promoted away from under us, or has no connection to give.
        PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.TooManyConnections => FailureKind.Storage,
        // Connection exceptions, invalid authorization, and shut down, crashed, starting up. Not: cancelled by a time-out, or a damaged
        // page, which may be one operation's alone.
        _ when state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("28", StringComparison.Ordinal)
            || state.StartsWith("57P", StringComparison.Ordinal) => FailureKind.Storage,
        _ => FailureKind.Operation,
    };
}

using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>Formats the reason of a PostgreSQL failure in a single line, for errors at start.</summary>
public static class PostgresReason
{
    /// <summary>
    /// The server's message without code and position. A missing privilege is followed by the list of required privileges.
    /// </summary>
    public static string Of(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refusal =>
            $"{refusal.MessageText}; the database user needs the right to create tables (GRANT USAGE, CREATE ON SCHEMA public TO the user, or make the user " +
            "the owner of the database), or `postfleet migrate` must have been run by a user with that right, and this user needs GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES",
        PostgresException server => server.MessageText.ReplaceLineEndings(" "),
        _ => exception.Message.ReplaceLineEndings(" "),
    };
}

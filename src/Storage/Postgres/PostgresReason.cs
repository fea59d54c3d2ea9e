using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>Says in one line why PostgreSQL refused something, for errors that end a start.</summary>
public static class PostgresReason
{
    /// <summary>The server's message without its code and position; where rights are missing, with the rights that are needed.</summary>
    public static string Of(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refusal =>
            $"{refusal.MessageText}; the database's user needs the right to make tables (GRANT USAGE, CREATE ON SCHEMA public TO the user, or make the user " +
            "the owner of the database), or `postfleet migrate` must have been run by a user who has it, and this user needs GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES",
        PostgresException server => server.MessageText.ReplaceLineEndings(" "),
        _ => exception.Message.ReplaceLineEndings(" "),
    };
}

using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Commits whose confirmation others rely on. PostgreSQL confirms a commit that its synchronous standby does not have when the wait for the
/// standby is cancelled, by <c>Command Timeout</c> or by an operator. Only a warning beside the confirmation tells. A client that were told
/// of such a commit would lose its mail with the server. Thread-safe.
/// </summary>
public static class ReplicatedCommit
{
    /// <summary>Setting of the sessions without which the server could keep the warning to itself.</summary>
    internal const string TellWarnings = "client_min_messages=warning";

    // The function of the server from which the warning comes. Its text depends on the language of the server, and its code is general.
    private const string StandbyWait = "SyncRepWaitForLSN";

    /// <summary>Runs a statement that commits.</summary>
    /// <param name="connection">The connection of the statement.</param>
    /// <param name="commit">The statement.</param>
    /// <exception cref="NpgsqlException">The statement failed, or the server has committed without the standby.</exception>
    public static async Task RunAsync(NpgsqlConnection connection, Func<Task> commit)
    {
        var isAlone = false;
        connection.Notice += Note;
        try
        {
            await commit();
        }
        finally
        {
            connection.Notice -= Note;
        }

        if (isAlone) throw new NpgsqlException("the synchronous standby of the database server does not confirm the commit");

        void Note(object sender, NpgsqlNoticeEventArgs notice) => isAlone |= notice.Notice.Routine == StandbyWait;
    }
}

using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>Runs an action in a transaction of its own, beside the group commit. Called on the writer's thread.</summary>
internal static class SqliteTransaction
{
    /// <summary>Runs an action; an exception rolls it back.</summary>
    /// <param name="session">The writer's session.</param>
    /// <param name="action">The action.</param>
    public static T Run<T>(SqliteSession session, Func<SqliteSession, T> action)
    {
        session.Prepare("BEGIN IMMEDIATE").Run();
        try
        {
            var result = action(session);
            session.Prepare("COMMIT").Run();
            return result;
        }
        catch
        {
            if (session.IsInTransaction) session.Execute("ROLLBACK");
            throw;
        }
    }
}

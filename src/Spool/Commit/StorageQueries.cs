using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>Runs queries of an engine for the callers of the spool.</summary>
internal static class StorageQueries
{
    /// <summary>Runs a query.</summary>
    /// <exception cref="SpoolUnavailableException">The engine failed: the caller tries again later.</exception>
    public static async ValueTask<T> RunAsync<T>(Func<ValueTask<T>> query)
    {
        try
        {
            return await query();
        }
        catch (Exception e) when (e is not OperationCanceledException and not CorruptPartException and not ArgumentException)
        {
            throw new SpoolUnavailableException($"the spool does not answer: {e.Message}", e);
        }
    }
}

using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Calls the registry for one actor system and logs the begin and the end of its outages. <see cref="ClusterJoin"/> and
/// <see cref="ClusterStay"/> share it; they call it from one task.
/// </summary>
internal sealed class RegistryLink(ILogger logger)
{
    private bool _isDown;

    /// <summary>The reason why the last call had no answer, in a single line; null after an answer.</summary>
    public string? Problem { get; private set; }

    /// <summary>Calls the registry.</summary>
    /// <returns>The answer; the default while the database does not answer.</returns>
    public async Task<T?> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            var answer = await ask();
            if (_isDown) ClusterLog.RegistryUp(logger);
            (_isDown, Problem) = (false, null);
            return answer;
        }
        catch (RegistryException e)
        {
            if (!_isDown) ClusterLog.RegistryDown(logger, e.Message);
            (_isDown, Problem) = (true, $"the registry of the cluster does not answer: {e.Message}");
            return default;
        }
    }
}

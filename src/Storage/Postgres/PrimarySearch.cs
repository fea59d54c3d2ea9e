using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Finds the primary among several hosts. All hosts are asked at the same time, because a host that is gone may not answer at all. Of
/// several primaries the one on the newest timeline is taken. Searches of the same moment share one answer. Thread-safe.
/// </summary>
/// <param name="hosts">The name of each host with a source of connections that are not pooled.</param>
/// <param name="mustWrite">Whether transactions of the primary must not be read-only by default.</param>
/// <param name="start">Begins the sessions.</param>
internal sealed class PrimarySearch(
    IReadOnlyList<(string Name, NpgsqlDataSource Source)> hosts, bool mustWrite, SessionStart start) : IAsyncDisposable
{
    /// <summary>How long an answer is shared.</summary>
    private static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(1);

    /// <summary>How long the search waits for further hosts once a primary has answered.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private Task<int>? _search;
    private long _endedAt;

    private sealed record Answer(int Host, ServerState? Primary, string Reason);

    /// <summary>The index of the primary.</summary>
    /// <exception cref="NpgsqlException">No host is a primary. The message has the answer of each host.</exception>
    public Task<int> FindAsync()
    {
        lock (_lock)
        {
            if (_search is { IsCompleted: false }) return _search;
            if (_search is not null && TimeProvider.System.GetElapsedTime(_endedAt) < KeepFor) return _search;
            return _search = SearchAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (_, source) in hosts) await source.DisposeAsync();
    }

    private async Task<int> SearchAsync()
    {
        try
        {
            var asked = Enumerable.Range(0, hosts.Count).Select(AskAsync).ToList();
            var open = new List<Task<Answer>>(asked);
            while (open.Count > 0)
            {
                var answer = await Task.WhenAny(open);
                open.Remove(answer);
                if ((await answer).Primary is not null) break;
            }

            await Task.WhenAny(Task.WhenAll(open), Task.Delay(Grace, TimeProvider.System));
            var answers = new List<Answer>();
            foreach (var task in asked.Where(task => task.IsCompleted)) answers.Add(await task);
            return answers.Where(answer => answer.Primary is not null).MaxBy(answer => answer.Primary!.Value.Identity?.Timeline ?? 0)?.Host
                ?? throw new NpgsqlException($"no host is the primary: {string.Join("; ", answers.Select(answer => answer.Reason))}");
        }
        finally
        {
            lock (_lock) _endedAt = TimeProvider.System.GetTimestamp();
        }
    }

    private async Task<Answer> AskAsync(int host)
    {
        var (name, source) = hosts[host];
        try
        {
            await using var connection = await source.OpenConnectionAsync();
            var state = await start.RunAsync(connection);
            return state.IsStandby ? new Answer(host, null, $"{name} is a standby")
                : mustWrite && state.IsReadOnly ? new Answer(host, null, $"{name} is read-only")
                : new Answer(host, state, "");
        }
        catch (Exception e) when (PostgresFault.IsOfServer(e) || e is IOException)
        {
            return new Answer(host, null, $"{name}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }
}

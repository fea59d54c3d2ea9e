using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Users;
using Postfleet.Core.Users;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Users;

/// <summary>
/// Reads users that are not in the cache. Simultaneous questions for a user are one read, and the number of reads is bounded: clients that
/// guess names cannot take the storage's connections from the mail. <see cref="StoredUsers"/> owns it. Thread-safe.
/// </summary>
internal sealed class UserLookups(IUserStore store, UserCache cache, ILogger logger) : IDisposable
{
    /// <summary>The most reads at a time. A read takes a millisecond.</summary>
    public const int MaxAtATime = 4;

    /// <summary>The most reads that run or wait.</summary>
    public const int MaxWaiting = 1000;

    private readonly SemaphoreSlim _slots = new(MaxAtATime, MaxAtATime);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lookup> _running = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Reads a user; null for none.</summary>
    /// <exception cref="UsersUnavailableException">The storage fails, or too many reads wait.</exception>
    public async Task<MailUser?> FindAsync(string name, CancellationToken cancellationToken)
    {
        Lookup lookup;
        var isNew = false;
        lock (_lock)
        {
            // A read that began before a known change of the user says nothing to new callers.
            if (!_running.TryGetValue(name, out lookup!) || lookup.Load.IsOutdated)
            {
                if (_count >= MaxWaiting) throw new UsersUnavailableException($"{_count} reads of users wait");
                lookup = _running[name] = new Lookup(cache.Begin(name));
                _count++;
                isNew = true;
            }
        }

        if (isNew) _ = RunAsync(lookup);
        return await lookup.Done.Task.WaitAsync(cancellationToken);
    }

    public void Dispose() => _slots.Dispose();

    // Ends with the read even if all callers have given up. The time of a read is bounded by the storage.
    private async Task RunAsync(Lookup lookup)
    {
        try
        {
            var row = await ReadAsync(lookup.Load.Name);
            var user = row is null ? null : UserRows.Read(row, logger);
            cache.End(lookup.Load, user, row?.Data.Length ?? 0);
            Forget(lookup);
            lookup.Done.SetResult(user);
        }
#pragma warning disable CA1031 // The callers get the exception.
        catch (Exception e)
#pragma warning restore CA1031
        {
            cache.Abandon(lookup.Load);
            Forget(lookup);
            lookup.Done.SetException(e is SpoolUnavailableException ? new UsersUnavailableException(e.Message, e) : e);
            // Observed here: all callers may have given up.
            _ = lookup.Done.Task.Exception;
        }
    }

    private async Task<NamedRow?> ReadAsync(string name)
    {
        await _slots.WaitAsync();
        try
        {
            return await store.FindAsync(name, CancellationToken.None);
        }
        finally
        {
            _slots.Release();
        }
    }

    private void Forget(Lookup lookup)
    {
        lock (_lock)
        {
            _count--;
            if (_running.TryGetValue(lookup.Load.Name, out var current) && current == lookup) _running.Remove(lookup.Load.Name);
        }
    }

    private sealed class Lookup(UserLoad load)
    {
        public UserLoad Load => load;

        public TaskCompletionSource<MailUser?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

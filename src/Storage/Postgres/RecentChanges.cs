using Npgsql;

namespace Postfleet.Storage.Postgres;

/// <summary>
/// Finds out for <see cref="ServerGuard"/> whether a database has the last changes that were confirmed to this node.
/// </summary>
public interface IServerWitness
{
    /// <summary>Looks for the remembered changes.</summary>
    /// <returns>The number of remembered changes, and how many of them the database lacks.</returns>
    Task<(int Known, int Missing)> CompareAsync(NpgsqlConnection connection);

    /// <summary>Forgets all changes.</summary>
    void Forget();
}

/// <summary>
/// Remembers the last changes of one kind. A fail-over loses the last transactions or none, so few changes are enough. Thread-safe.
/// </summary>
/// <typeparam name="T">A change.</typeparam>
public abstract class RecentChanges<T> : IServerWitness
{
    /// <summary>The maximum number of changes: more than one transaction has on each of the lanes.</summary>
    private const int Capacity = 2_000;

    private readonly Lock _lock = new();
    private readonly Queue<T> _changes = new();

    /// <summary>Adds confirmed changes.</summary>
    public void Add(IEnumerable<T> changes)
    {
        lock (_lock)
        {
            foreach (var change in changes) _changes.Enqueue(change);
            while (_changes.Count > Capacity) _changes.Dequeue();
        }
    }

    /// <inheritdoc/>
    public void Forget()
    {
        lock (_lock) _changes.Clear();
    }

    /// <inheritdoc/>
    public async Task<(int Known, int Missing)> CompareAsync(NpgsqlConnection connection)
    {
        T[] changes;
        lock (_lock) changes = [.. _changes];
        return (changes.Length, changes.Length == 0 ? 0 : await CountMissingAsync(connection, changes));
    }

    /// <summary>Counts the changes that the database lacks.</summary>
    protected abstract Task<int> CountMissingAsync(NpgsqlConnection connection, IReadOnlyList<T> changes);
}

using System.Collections.Concurrent;
using Postfleet.Spool.Common;

namespace Postfleet.Testing.Fakes;

/// <summary>Users, or keys that sign, in memory, with the numbers of changes of the storage, and faults that a test sets.</summary>
public sealed class MemoryUsers : IUserStore, ISigningKeyStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, NamedRow> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _changes = new(StringComparer.Ordinal);
    private long _last;

    /// <summary>Thrown by all methods; null for none.</summary>
    public Exception? Fault { get; set; }

    /// <summary>The epoch of the storage.</summary>
    public long Epoch { get; set; }

    /// <summary>Reads of users wait for the task.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>The names of the users that were read, in order.</summary>
    public ConcurrentQueue<string> Found { get; } = new();

    /// <summary>How often changes were read.</summary>
    public int Polls { get; private set; }

    public async ValueTask<NamedRow?> FindAsync(string name, CancellationToken cancellationToken)
    {
        NamedRow? row;
        lock (_lock)
        {
            Check();
            Found.Enqueue(name);
            row = _rows.GetValueOrDefault(name);
        }

        await Gate;
        return row;
    }

    public ValueTask<IReadOnlyList<NamedRow>> ListAsync(string after, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Check();
            return new([.. _rows.Values.Where(row => string.CompareOrdinal(row.Name, after) > 0).Take(limit)]);
        }
    }

    public ValueTask<NamedChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Polls++;
            Check();
            return new(new NamedChanges(
                _last, Epoch,
                [.. _changes.Where(one => one.Value > after).OrderBy(one => one.Value).Take(limit)
                    .Select(one => new NamedChange(one.Key, one.Value))])
            {
                Salt = "salt",
            });
        }
    }

    public ValueTask<long?> WriteAsync(string name, string? data, long? expected, DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Check();
            var found = _rows.GetValueOrDefault(name)?.Change ?? 0;
            if (found != (expected ?? found) || (data is null && found == 0)) return new((long?)null);
            _changes[name] = ++_last;
            if (data is null) _rows.Remove(name);
            else _rows[name] = new NamedRow(name, data, _last, now);
            return new(_last);
        }
    }

    /// <summary>Forgets all changes, as a server does that takes over from one whose last changes it never had.</summary>
    public void Lose()
    {
        lock (_lock)
        {
            (_last, Epoch) = (0, Epoch + 1);
            _rows.Clear();
            _changes.Clear();
        }
    }

    private void Check()
    {
        if (Fault is { } fault) throw fault;
    }
}

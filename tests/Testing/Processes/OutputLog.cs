namespace Postfleet.Testing;

/// <summary>
/// The last output lines of a child (standard output and error), its retained lines, and the waiters for lines. Thread-safe.
/// </summary>
internal sealed class OutputLog(int capacity, Func<string, bool>? keep)
{
    private const int MaxKept = 200_000;

    private readonly Lock _gate = new();
    private readonly Queue<string> _last = new();
    private readonly List<string> _kept = [];
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<string> Found)> _waiting = [];
    private bool _ended;

    public void Add(string line)
    {
        lock (_gate)
        {
            _last.Enqueue(line);
            if (_last.Count > capacity)
            {
                _last.Dequeue();
            }

            if (keep is not null && _kept.Count < MaxKept && keep(line))
            {
                _kept.Add(line);
            }

            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].Wanted(line))
                {
                    _waiting[i].Found.SetResult(line);
                    _waiting.RemoveAt(i);
                }
            }
        }
    }

    /// <summary>Marks the end of the output. Waiting calls fail.</summary>
    public void End(Func<Exception> why)
    {
        lock (_gate)
        {
            _ended = true;
            foreach (var (_, found) in _waiting)
            {
                found.SetException(why());
            }

            _waiting.Clear();
        }
    }

    /// <summary>The first retained or future line that matches <paramref name="wanted"/>.</summary>
    public Task<string> Find(Func<string, bool> wanted, Func<Exception> ended)
    {
        lock (_gate)
        {
            if (_kept.Concat(_last).FirstOrDefault(wanted) is { } line)
            {
                return Task.FromResult(line);
            }

            if (_ended)
            {
                return Task.FromException<string>(ended());
            }

            var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, found));
            return found.Task;
        }
    }

    public IReadOnlyList<string> Last()
    {
        lock (_gate)
        {
            return [.. _last];
        }
    }

    public IReadOnlyList<string> Kept()
    {
        lock (_gate)
        {
            return [.. _kept];
        }
    }
}

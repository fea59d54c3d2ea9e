using Postfleet.Admin.Messages;

namespace Postfleet.Admin;

/// <summary>
/// A page of a list ordered by number, the largest first, and by name: the first entries behind a place, out of entries in any
/// order and in bounded memory.
/// </summary>
/// <typeparam name="T">The entries.</typeparam>
/// <param name="max">The maximum number of entries of the page.</param>
/// <param name="after">The place; null for the first page.</param>
internal sealed class LargestList<T>(int max, ListPlace? after)
{
    private static readonly Comparer<(int Number, string Name)> LastFirst =
        Comparer<(int Number, string Name)>.Create((a, b) => ListPlace.Compare(b.Number, b.Name, a.Number, a.Name));

    private readonly PriorityQueue<T, (int Number, string Name)> _entries = new(LastFirst);

    /// <summary>Whether entries were left out behind the page.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Adds an entry, unless it stands before the place.</summary>
    public void Add(int number, string name, T entry)
    {
        if (after is not null && ListPlace.Compare(number, name, after.Number, after.Name) <= 0) return;
        if (_entries.Count < max)
        {
            _entries.Enqueue(entry, (number, name));
            return;
        }

        HasMore = true;
        if (max > 0) _entries.EnqueueDequeue(entry, (number, name));
    }

    /// <summary>The entries of the page in their order. To be called once.</summary>
    public T[] ToArray()
    {
        var page = new T[_entries.Count];
        for (var i = page.Length - 1; i >= 0; i--) page[i] = _entries.Dequeue();
        return page;
    }
}

using System.Diagnostics.CodeAnalysis;

namespace Postfleet.Operations.Users;

/// <summary>
/// Values by name, bounded in number and in weight; the values used longest ago give way. <see cref="UserCache"/> owns it. Not thread-safe.
/// </summary>
/// <typeparam name="T">The type of the values.</typeparam>
/// <param name="maxCount">The most values.</param>
/// <param name="maxWeight">The most weight of all values.</param>
internal sealed class BoundedCache<T>(int maxCount, long maxWeight)
{
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);

    // The entry used last is the first.
    private readonly LinkedList<Entry> _order = new();
    private long _weight;

    /// <summary>The number of values.</summary>
    public int Count => _entries.Count;

    /// <summary>Finds a value, which counts as used.</summary>
    public bool TryFind(string name, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (!_entries.TryGetValue(name, out var node)) return false;
        _order.Remove(node);
        _order.AddFirst(node);
        value = node.Value.Value;
        return true;
    }

    /// <summary>Adds or replaces a value.</summary>
    public void Set(string name, T value, long weight)
    {
        Remove(name);
        if (weight > maxWeight) return;
        _entries[name] = _order.AddFirst(new Entry(name, value, weight));
        _weight += weight;
        while (_entries.Count > maxCount || _weight > maxWeight) Remove(_order.Last!.Value.Name);
    }

    /// <summary>Removes a value if it is there.</summary>
    public void Remove(string name)
    {
        if (!_entries.Remove(name, out var node)) return;
        _order.Remove(node);
        _weight -= node.Value.Weight;
    }

    /// <summary>Removes all values.</summary>
    public void Clear()
    {
        _entries.Clear();
        _order.Clear();
        _weight = 0;
    }

    private sealed record Entry(string Name, T Value, long Weight);
}

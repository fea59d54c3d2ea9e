using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Postfleet.Core.Collections;

/// <summary>
/// A first-in first-out queue in a ring buffer. It allocates nothing while it is empty: a node may have a hundred thousand sleeping actors
/// with several queues each. A mutable struct, to be used as a field that is neither read-only nor copied. Not thread-safe.
/// </summary>
/// <typeparam name="T">The type of the items.</typeparam>
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "It is a queue.")]
public struct RingQueue<T>
{
    private const int MinCapacity = 4;

    // The length is a power of two.
    private T[]? _ring;
    private int _first;

    /// <summary>The number of items.</summary>
    public int Count { readonly get; private set; }

    /// <summary>The capacity, in items, without another allocation.</summary>
    public readonly int Capacity => _ring?.Length ?? 0;

    /// <summary>The item at a position; 0 is the first. The position must be below <see cref="Count"/>, which is not checked.</summary>
    public readonly T this[int index] => _ring![(_first + index) & (_ring.Length - 1)];

    /// <summary>Adds an item at the end.</summary>
    public void Enqueue(T item)
    {
        if (Count == Capacity) Grow();
        _ring![(_first + Count++) & (_ring.Length - 1)] = item;
    }

    /// <summary>Adds an item at the beginning.</summary>
    public void EnqueueFirst(T item)
    {
        if (Count == Capacity) Grow();
        _first = (_first - 1) & (_ring!.Length - 1);
        _ring[_first] = item;
        Count++;
    }

    /// <summary>Returns the first item; false if there is none.</summary>
    public readonly bool TryPeek([MaybeNullWhen(false)] out T item)
    {
        item = Count > 0 ? _ring![_first] : default;
        return Count > 0;
    }

    /// <summary>Removes and returns the first item; false if there is none.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        if (!TryPeek(out item)) return false;
        _ring![_first] = default!;
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
        return true;
    }

    /// <summary>Removes and returns the first item.</summary>
    /// <exception cref="InvalidOperationException">The queue is empty.</exception>
    public T Dequeue() => TryDequeue(out var item) ? item : throw new InvalidOperationException("the queue is empty");

    /// <summary>Removes all items and releases the buffer.</summary>
    public void Clear() => this = default;

    /// <summary>Removes the matching items; the others keep their order.</summary>
    public void RemoveWhere(Predicate<T> match)
    {
        var kept = default(RingQueue<T>);
        while (TryDequeue(out var item)) if (!match(item)) kept.Enqueue(item);
        this = kept;
    }

    /// <summary>Releases unused capacity.</summary>
    public void Trim()
    {
        if (Count == 0) Clear();
        else if (Capacity > MinCapacity && 2 * Count <= Capacity)
            Resize((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(Count, MinCapacity)));
    }

    private void Grow() => Resize(Math.Max(MinCapacity, 2 * Count));

    private void Resize(int capacity)
    {
        var ring = new T[capacity];
        for (var i = 0; i < Count; i++) ring[i] = this[i];
        (_ring, _first) = (ring, 0);
    }
}

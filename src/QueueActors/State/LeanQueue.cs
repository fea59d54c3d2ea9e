using System.Diagnostics.CodeAnalysis;

namespace Postfleet.QueueActors.State;

/// <summary>
/// First in, first out, as a field: what a queue entity has several of must hold nothing while it is empty, since a node may have a hundred
/// thousand entities that sleep. To be used as a field that is neither read-only nor copied.
/// </summary>
internal struct LeanQueue<T>
{
    private const int FirstRoom = 4;

    // A ring, of a power of two.
    private T[]? _ring;
    private int _first;

    /// <summary>How many there are.</summary>
    public int Count { readonly get; private set; }

    /// <summary>One by its place, 0 for the first.</summary>
    public readonly T this[int index] => _ring![(_first + index) & (_ring.Length - 1)];

    public void Enqueue(T item)
    {
        if (Count == (_ring?.Length ?? 0)) Resize(Math.Max(FirstRoom, 2 * Count));
        _ring![(_first + Count++) & (_ring.Length - 1)] = item;
    }

    public readonly bool TryPeek([MaybeNullWhen(false)] out T item)
    {
        item = Count > 0 ? _ring![_first] : default;
        return Count > 0;
    }

    public bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        if (!TryPeek(out item)) return false;
        _ring![_first] = default!;
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
        return true;
    }

    public T Dequeue() => TryDequeue(out var item) ? item : throw new InvalidOperationException("the queue is empty");

    public void Clear() => this = default;

    /// <summary>Keeps those alone for which it is wanted.</summary>
    public void Keep(Predicate<T> isWanted)
    {
        var kept = default(LeanQueue<T>);
        while (TryDequeue(out var item)) if (isWanted(item)) kept.Enqueue(item);
        this = kept;
    }

    /// <summary>Gives back the room that is not needed.</summary>
    public void Trim()
    {
        if (Count == 0) Clear();
        else if (_ring!.Length > FirstRoom && 2 * Count <= _ring.Length)
            Resize((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(Count, FirstRoom)));
    }

    private void Resize(int room)
    {
        var ring = new T[room];
        for (var i = 0; i < Count; i++) ring[i] = this[i];
        (_ring, _first) = (ring, 0);
    }
}

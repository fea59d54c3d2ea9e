namespace Postfleet.QueueActors.State;

/// <summary>
/// For which times an actor has asked its scheduler to be woken, so that it asks for none twice. Those are never taken back, which would
/// cost each of a hundred thousand actors a timer's bookkeeping: one that comes too early finds nothing to do. A field, not to be copied.
/// </summary>
internal struct ScheduledWakeups
{
    private Stack<DateTimeOffset>? _later;

    /// <summary>The next of them.</summary>
    public DateTimeOffset? Next { readonly get; private set; }

    /// <summary>Says that the actor needs to be woken at a time.</summary>
    /// <returns>Whether the scheduler has to be asked for it, since nothing wakes the actor that early.</returns>
    public bool Need(DateTimeOffset at)
    {
        if (Next <= at) return false;
        if (Next is { } later) (_later ??= new()).Push(later);
        Next = at;
        return true;
    }

    /// <summary>The next one has come.</summary>
    public void Fired()
    {
        Next = _later?.Count > 0 ? _later.Pop() : null;
        if (_later is { Count: 0 }) _later = null;
    }
}

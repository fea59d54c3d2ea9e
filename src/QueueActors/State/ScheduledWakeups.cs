namespace Postfleet.QueueActors.State;

/// <summary>
/// The pending wake-ups of an actor in the scheduler, kept to request no wake-up twice. Wake-ups are never cancelled, which would need a
/// timer object in each of a hundred thousand actors; an early wake-up has no effect. A mutable struct, used as a field and not copied.
/// </summary>
internal struct ScheduledWakeups
{
    private Stack<DateTimeOffset>? _later;

    /// <summary>The earliest pending wake-up; null if there is none.</summary>
    public DateTimeOffset? Next { readonly get; private set; }

    /// <summary>Registers a wake-up, if none is pending at or before the given time.</summary>
    /// <returns>Whether the scheduler must be asked for the wake-up.</returns>
    public bool Need(DateTimeOffset at)
    {
        if (Next <= at) return false;
        if (Next is { } later) (_later ??= new()).Push(later);
        Next = at;
        return true;
    }

    /// <summary>The earliest wake-up has fired.</summary>
    public void Fired()
    {
        Next = _later?.Count > 0 ? _later.Pop() : null;
        if (_later is { Count: 0 }) _later = null;
    }
}

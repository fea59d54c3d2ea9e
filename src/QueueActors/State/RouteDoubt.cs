namespace Postfleet.QueueActors.State;

/// <summary>
/// Whether the route of the queue may have changed by an operator's move to a route, in the memory of the current owner. Owned by
/// <see cref="Dispatcher"/>. A mutable struct, used as a field and not copied.
/// </summary>
internal struct RouteDoubt
{
    private bool _isAsked;

    /// <summary>Whether the route has to be asked for again; the answer of a lookup that began earlier may be stale.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>A move may have begun or ended.</summary>
    public void Open() => IsOpen = true;

    /// <summary>A lookup begins.</summary>
    public void Ask() => (IsOpen, _isAsked) = (false, _isAsked || IsOpen);

    /// <summary>A lookup has ended.</summary>
    /// <returns>Whether it was begun because of the doubt.</returns>
    public bool Answer()
    {
        var isAsked = _isAsked;
        _isAsked = false;
        return isAsked;
    }
}

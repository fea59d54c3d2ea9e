using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>The states that checks keep for a session. Owned by the session's machine. Used by the session's loop alone.</summary>
internal sealed class CheckStates : IAsyncDisposable
{
    // A few checks at most keep a state.
    private List<(ISessionCheck Check, IAsyncDisposable State)>? _states;

    /// <summary>The state of a check.</summary>
    /// <param name="check">The check.</param>
    /// <param name="create">Creates the state, when the check has none yet.</param>
    public T Of<T>(ISessionCheck check, Func<T> create) where T : class, IAsyncDisposable
    {
        foreach (var (other, state) in _states ??= []) if (ReferenceEquals(other, check)) return (T)state;
        var created = create();
        _states.Add((check, created));
        return created;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (_, state) in _states ?? []) await state.DisposeAsync();
        _states = null;
    }
}

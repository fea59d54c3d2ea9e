using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Postfleet.Testing.Fakes;

/// <summary>A clock whose timers fire only on request and not when time passes, like the timers of a process that stands still.</summary>
public sealed class FrozenTime : FakeTimeProvider
{
    private readonly ConcurrentDictionary<Timer, Action> _timers = new();

    /// <summary>The number of timers that are not disposed of.</summary>
    public int Timers => _timers.Count;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(_timers, () => callback(state));

    /// <summary>Lets every timer fire once.</summary>
    public void Fire()
    {
        foreach (var callback in _timers.Values) callback();
    }

    private sealed class Timer : ITimer
    {
        private readonly ConcurrentDictionary<Timer, Action> _timers;

        public Timer(ConcurrentDictionary<Timer, Action> timers, Action callback)
        {
            _timers = timers;
            timers[this] = callback;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => _timers.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}

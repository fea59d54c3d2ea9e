using Microsoft.Extensions.Time.Testing;

namespace Postfleet.Delivery.Tests;

/// <summary>A clock whose timers are as late as the test wants: they fire when it says so, not when time passes, as those of a process that stands still.</summary>
internal sealed class FrozenTime : FakeTimeProvider
{
    private readonly List<Action> _timers = [];

    /// <summary>Timers that are not disposed of.</summary>
    public int Timers => _timers.Count;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(_timers, () => callback(state));

    /// <summary>Lets every timer fire once.</summary>
    public void Fire()
    {
        foreach (var timer in _timers.ToArray()) timer();
    }

    private sealed class Timer : ITimer
    {
        private readonly List<Action> _timers;
        private readonly Action _callback;

        public Timer(List<Action> timers, Action callback)
        {
            (_timers, _callback) = (timers, callback);
            timers.Add(callback);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => _timers.Remove(_callback);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}

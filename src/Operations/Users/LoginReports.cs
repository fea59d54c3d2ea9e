using Postfleet.Contracts.Users;

namespace Postfleet.Operations.Users;

/// <summary>
/// The log-ins of this node that other nodes do not know yet, in order. Listeners add to them on their threads; <see cref="LoginExchange"/>
/// takes them. Bounded: what is over the bound only counts on this node. Thread-safe.
/// </summary>
internal sealed class LoginReports : ILoginReports
{
    /// <summary>The most reports that wait.</summary>
    public const int Capacity = 2000;

    private readonly Lock _lock = new();
    private List<LoginReport> _waiting = [];
    private volatile Action<LoginReport>? _receiver;

    /// <inheritdoc/>
    public void Add(LoginReport report)
    {
        lock (_lock)
            if (_waiting.Count < Capacity) _waiting.Add(report);
    }

    /// <inheritdoc/>
    public void SetReceiver(Action<LoginReport> receiver) => _receiver = receiver;

    /// <summary>Takes the reports that wait.</summary>
    public IReadOnlyList<LoginReport> Take()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0) return [];
            var taken = _waiting;
            _waiting = [];
            return taken;
        }
    }

    /// <summary>Passes reports of another node on to the listeners of this node.</summary>
    public void Receive(IReadOnlyList<LoginReport> reports)
    {
        if (_receiver is not { } receiver) return;
        foreach (var report in reports) receiver(report);
    }
}

using Akka.Actor;
using Akka.Event;
using Postfleet.Operations.Messages;

namespace Postfleet.Operations.Users;

/// <summary>
/// Sends the log-ins of this node to the other nodes with listeners four times a second, and takes theirs. Each node with listeners has an
/// instance. Nothing is repeated: a lost batch costs some delays of a guesser. Runs on the actor's thread.
/// </summary>
internal sealed class LoginExchange : UntypedActor, IWithTimers
{
    /// <summary>The actor's name, below <c>/user</c>.</summary>
    public const string Name = "log-ins";

    /// <summary>Pause between two batches.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly LoginReports _reports;
    private readonly Func<IEnumerable<ICanTell>> _others;

    /// <param name="reports">The log-ins of this node.</param>
    /// <param name="others">Returns this actor on the other nodes of the moment.</param>
    public LoginExchange(LoginReports reports, Func<IEnumerable<ICanTell>> others) => (_reports, _others) = (reports, others);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(Send.Instance, Send.Instance, Interval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Send:
                SendWaiting();
                break;
            case LoginBatch batch:
                _reports.Receive(batch.Reports);
                break;
        }
    }

    private void SendWaiting()
    {
        var reports = _reports.Take();
        if (reports.Count == 0) return;
        var batches = reports.Chunk(LoginBatch.MaxReports).Select(part => new LoginBatch(part)).ToList();
        foreach (var node in _others())
            foreach (var batch in batches) node.Tell(batch, Self);
    }

    private sealed class Send : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Send Instance = new();
    }
}

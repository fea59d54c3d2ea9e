using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Smtp;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>
/// Drives the <see cref="AttemptProcedure"/> of a connection, as <c>ConnectionLoop</c> does, over a socket at the site, and breaks a rule
/// where the run asks for it.
/// </summary>
internal sealed class ConnectionShell(World world, DestinationShell destination, Site site, int number)
{
    private static readonly SmtpReply Refused = new(451, new EnhancedStatus(4, 4, 1), "no host answers");
    private static readonly SmtpReply SpoolDown = new(451, new EnhancedStatus(4, 3, 0), "the message cannot be read from storage now");
    private static readonly SmtpReply Lost = new(451, new EnhancedStatus(4, 4, 2), "connection lost");

    private readonly AttemptProcedure _attempt = new(site.Target.Hosts.Count);
    private readonly CancellationTokenSource _stopped = new();
    private Job? _job;
    private int _waits;
    private int _host;
    private bool _isTimeOver;
    private bool _isOpening;
    private bool _isClosing;
    private bool _isUsable = true;
    private bool _isPastFinalDot;
    private bool _isConnected;
    private bool _isLost;

    public Node Node => destination.Node;

    private bool IsGuardOpen => !_isTimeOver && new FinalDotGuard(Node.Liveness, _job!.StallMark, _stopped.Token, Node.Liveness).IsOpen;

    /// <summary>Connects to the first host.</summary>
    public void Open()
    {
        _isOpening = true;
        Node.After(site.ConnectTime(), () =>
        {
            _isOpening = false;
            if (!TryConnect())
            {
                Report(new ConnectionEvent.Failed(number, Refused));
                return;
            }

            Report(new ConnectionEvent.Opened(number));
            if (_isClosing) Node.After(site.Latency(), Closed);
        });
    }

    /// <summary>Runs a job. The connection must be open and have none.</summary>
    public void Send(Job job)
    {
        _job = job;
        _attempt.Begin(job, Node.Liveness.IsSteady(job.StallMark));
        Continue();
    }

    /// <summary>Closes the connection once its job is done.</summary>
    public void Close()
    {
        _isClosing = true;
        if (_job is null && !_isOpening) Node.After(site.Latency(), Closed);
    }

    /// <summary>The time of the destination is over: an attempt before its final dot is given up.</summary>
    public void CutOff()
    {
        if (_stopped.IsCancellationRequested) return;
        _stopped.Cancel();
        GiveUp();
    }

    /// <summary>The destination is gone: the connection closes at once, and nobody learns how its attempt ends.</summary>
    public void Abandon()
    {
        CutOff();
        Lose();
    }

    /// <summary>The process is gone.</summary>
    public void Lose()
    {
        _isLost = true;
        Disconnect();
    }

    private void Continue()
    {
        _waits++;
        switch (_attempt.Step)
        {
            case AttemptStep.AwaitRecovery: Node.Liveness.Recover(Then(_attempt.Recovered)); break;
            case AttemptStep.AwaitQueueNodes:
                Node.Liveness.AwaitQueueNodes(Then(() =>
                    _attempt.QueueNodesReached(IsGuardOpen || world.Breaks(BrokenRule.StalledAttemptsBegun))));
                break;
            case AttemptStep.ReadPart: AttemptChecks.CheckBeginning(Node, _job!); Read(); break;
            case AttemptStep.Send: BeginSending(); break;
            case AttemptStep.ChangeHost: AttemptChecks.CheckBeginning(Node, _job!); ChangeHost(); break;
            case AttemptStep.End: End(); break;
            default: throw new InvalidOperationException($"unknown step {_attempt.Step}");
        }
    }

    // The end of a wait is heard unless the attempt was given up meanwhile.
    private Action When(Action action)
    {
        var wait = _waits;
        return () =>
        {
            if (wait == _waits) action();
        };
    }

    private Action Then(Action answer) => When(() =>
    {
        answer();
        Continue();
    });

    private void Read()
    {
        var (part, isTrusted) = (_job!.Part, world.Breaks(BrokenRule.OffersLookNew) || world.Breaks(BrokenRule.NewOwnerTrustsOffers));
        var there = Then(() => _attempt.PartRead(true, world.IsTimeOver(part, Node) ? DeliverByExtension.TimeOver : null));
        var (gone, failed) = (Then(() => _attempt.PartRead(false)), Then(() => _attempt.SpoolFailed(SpoolDown)));
        // The cache of recently stored bodies gives each body out once, without checking for the part.
        if (Node.Bodies.Remove(part)) there();
        else world.Storage.Call(
            Node, () => world.Storage.Spool.Exists(part), exists => (exists || isTrusted ? there : gone)(), failed);
    }

    private void BeginSending()
    {
        world.Ledger.Of(_job!.Part).CheckInTime(_job.Part.Message, Node.Now);
        if (_host == 0 && site.IsStale())
        {
            _isUsable = false;
            _attempt.ConnectionStale();
            Continue();
            return;
        }

        world.Trace?.Add(_job!.Part.Message, $"attempt {_job.Attempt} begins at host {_host} of {site.Id} from {Node}");
        Node.After(site.EnvelopeTime(), When(FinalDot));
    }

    // After it nobody can take the message back.
    private void FinalDot()
    {
        if (!IsGuardOpen && !world.Breaks(BrokenRule.FinalDotUnguarded))
        {
            _isUsable = false;
            _attempt.Aborted(1);
            Continue();
            return;
        }

        AttemptChecks.CheckFinalDot(Node, _job!);
        _isPastFinalDot = true;
        var (open, host) = (world.Breaks(BrokenRule.NextHostGetsAll) ? _job!.Open : _attempt.Open, _host);
        var execution = world.Ledger.Begin(_job!.Part, _job.Attempt, destination);
        world.Scheduler.After(site.AnswerTime(), () => Answer(execution, open, host));
    }

    // At the remote host: its reply, or none any more.
    private void Answer(Execution execution, RecipientSet open, int host)
    {
        // A process may have sent the final dot before its end.
        if (!Node.IsAlive && site.IsLate()) return;
        var (outcomes, accepted, isDropped) = site.Receive(open, host);
        if (isDropped) execution.Excuse();
        world.Trace?.Add(execution.Part.Message, $"host {host} of {site.Id} takes recipients {accepted} of attempt {execution.Attempt}"
            + (isDropped ? ", and drops the connection" : ""));
        world.Ledger.Accepted(execution, accepted);
        Node.After(site.Latency(), () =>
        {
            execution.HasEnded = true;
            _isPastFinalDot = false;
            _isUsable &= !isDropped && !site.IsTired();
            if (isDropped) outcomes = [new RecipientOutcome(open, Disposition.Deferred, Lost, "")];
            _attempt.Sent(outcomes, 1, IsGuardOpen && Node.Liveness.IsReachable, AttemptDetails.Local);
            Continue();
        });
    }

    private void ChangeHost()
    {
        // The connection to a later host serves only the current job.
        _isUsable = false;
        if (_attempt.TimeLimit is { } limit) LimitTime(_job!, limit);
        Node.After(site.Latency(), When(() =>
        {
            Disconnect();
            _host++;
            Node.After(site.ConnectTime(), Then(() => _attempt.HostChanged(TryConnect(), IsGuardOpen)));
        }));
    }

    private void LimitTime(Job job, TimeSpan limit) => Node.After(limit, () =>
    {
        if (_job != job) return;
        _isTimeOver = true;
        GiveUp();
    });

    private void GiveUp()
    {
        if (_job is null || _isPastFinalDot) return;
        _attempt.Stopped();
        Continue();
    }

    private void End()
    {
        var isUsable = _attempt.Outcome is not null && _isUsable;
        (_job, _isTimeOver) = (null, false);
        Report(new ConnectionEvent.Ended(number, _attempt.Outcome, _attempt.Transactions, isUsable));
        if (_isClosing || !isUsable) Node.After(site.Latency(), Closed);
    }

    private bool TryConnect()
    {
        if (_isLost || _stopped.IsCancellationRequested || !site.IsUp || (_job is { } at && world.IsTimeOver(at.Part, Node))) return false;
        _isConnected = true;
        Node.Connections.Add(this);
        site.Connect(this);
        return true;
    }

    private void Disconnect()
    {
        if (_isConnected) site.Disconnect(this);
        _isConnected = false;
        Node.Connections.Remove(this);
    }

    private void Closed()
    {
        Lose();
        Report(new ConnectionEvent.Closed(number));
    }

    private void Report(ConnectionEvent reported) => Node.After(TimeSpan.Zero, () => destination.Report(this, reported));
}

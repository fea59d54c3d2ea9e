using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>The loop of one connection, as <c>ConnectionLoop</c> is, and its socket at the site.</summary>
internal sealed class ConnectionShell(World world, DestinationShell destination, Site site, int number)
{
    private static readonly SmtpReply Refused = new(451, new EnhancedStatus(4, 4, 1), "no host answers");
    private static readonly SmtpReply SpoolDown = new(451, new EnhancedStatus(4, 3, 0), "the message cannot be read from storage now");
    private static readonly SmtpReply Lost = new(451, new EnhancedStatus(4, 4, 2), "connection lost");

    private Alarm? _beforeDot;
    private Execution? _running;
    private Job? _job;
    private PartId? _ended;
    private bool _isOpening;
    private bool _isClosing;
    private bool _isCutOff;
    private bool _isConnected;

    public Node Node => destination.Node;

    public void Open()
    {
        _isOpening = true;
        Node.After(site.ConnectTime(), () =>
        {
            _isOpening = false;
            if (_isCutOff || !site.IsUp)
            {
                Say(new ConnectionEvent.Failed(number, Refused));
                return;
            }

            _isConnected = true;
            Node.Connections.Add(this);
            site.Connect(this);
            Say(new ConnectionEvent.Opened(number));
            if (_isClosing) Node.After(site.Latency(), Closed);
        });
    }

    public void Send(Job job)
    {
        _job = job;
        // What came as this process woke up has to wait until the node knows its place.
        if (IsFenceOpen(job) && Node.Doubt > TimeSpan.Zero) Node.Start(Node.Doubt, () =>
        {
            if (_job == job) Read(job);
        });
        else Read(job);
    }

    private void Read(Job job)
    {
        if (!IsFenceOpen(job)) Return();
        // The cache of what was just stored here gives each body out once, and does not ask whether the part is still there.
        else if (Node.Bodies.Remove(job.Part)) Begin(job);
        else world.Storage.Call(Node, () => world.Storage.Spool.Exists(job.Part), exists =>
        {
            if (_job != job) return;
            if (exists || world.Breaks(BrokenRule.OffersLookNew) || world.Breaks(BrokenRule.NewOwnerTrustsOffers)) Begin(job);
            else End(new JobOutcome(job.Part.Message, job.Attempt, AttemptResult.PartGone, []), 0, isUsable: true);
        }, () =>
        {
            if (_job == job) End(Deferred(job, SpoolDown), 0, isUsable: true);
        });
    }

    /// <summary>Closes it, once its job is done.</summary>
    public void Close()
    {
        _isClosing = true;
        if (_job is null && !_isOpening) Node.After(site.Latency(), Closed);
    }

    /// <summary>Its destination's time is over: what is not past its final dot is given up.</summary>
    public void CutOff()
    {
        if (_isCutOff) return;
        _isCutOff = true;
        if (_running is null && _job is not null) Return();
    }

    /// <summary>Its destination is no more: it closes at once, and nobody will know how its attempt ends.</summary>
    public void Abandon()
    {
        CutOff();
        Lose();
    }

    /// <summary>Its process is gone.</summary>
    public void Lose()
    {
        if (_isConnected) site.Disconnect(this);
        _isConnected = false;
        Node.Connections.Remove(this);
    }

    /// <summary>The queue whose job has ended.</summary>
    public QueueKey QueueOf(JobOutcome outcome) => _ended is { } part && part.Message == outcome.Message ? part.Queue
        : throw new InvalidOperationException($"{outcome.Message} has not ended on this connection");

    private bool IsFenceOpen(Job job) => !_isCutOff && Node.Pulse == job.Pulse;

    private void Begin(Job job)
    {
        if (site.IsStale())
        {
            End(null, 0, isUsable: false);
            return;
        }

        world.Trace?.Add(job.Part.Message, $"attempt {job.Attempt} begins at {site.Id} from {Node}");
        _beforeDot = Node.Start(site.EnvelopeTime(), () => FinalDot(job));
    }

    // After it nobody can take the message back.
    private void FinalDot(Job job)
    {
        if (!IsFenceOpen(job))
        {
            Return();
            return;
        }

        _running = world.Ledger.Begin(job.Part, job.Attempt, destination);
        var execution = _running;
        world.Scheduler.After(site.AnswerTime(), () => Answer(job, execution));
    }

    // At the remote host: what it says, or does not say any more.
    private void Answer(Job job, Execution execution)
    {
        // A process that died may have sent the final dot before.
        if (!Node.IsAlive && site.IsLate()) return;
        var outcomes = site.Judge(job.Open);
        var accepted = outcomes.Where(outcome => outcome.Disposition == Disposition.Delivered)
            .Aggregate(RecipientSet.Empty, (set, outcome) => set.Union(outcome.Recipients));
        var isDropped = site.IsDropped();
        if (isDropped && site.IsLate()) accepted = RecipientSet.Empty;
        if (isDropped) execution.Excuse();
        world.Trace?.Add(job.Part.Message,
            $"{site.Id} takes recipients {accepted} of attempt {job.Attempt}{(isDropped ? ", and drops the connection" : "")}");
        world.Ledger.Accepted(execution, accepted);
        Node.After(site.Latency(), () =>
        {
            execution.HasEnded = true;
            if (isDropped) End(Deferred(job, Lost), 1, isUsable: false);
            else End(new JobOutcome(job.Part.Message, job.Attempt, AttemptResult.Attempted, outcomes), 1, isUsable: !site.IsTired());
        });
    }

    private void Return() => End(new JobOutcome(_job!.Part.Message, _job.Attempt, AttemptResult.NotAttempted, []), 0, isUsable: false);

    private void End(JobOutcome? outcome, int transactions, bool isUsable)
    {
        if (_beforeDot is not null) _beforeDot.IsOver = true;
        _ended = _job!.Part;
        (_job, _running) = (null, null);
        Say(new ConnectionEvent.Ended(number, outcome, transactions, isUsable));
        if (_isClosing || !isUsable) Node.After(site.Latency(), Closed);
    }

    private void Closed()
    {
        Lose();
        Say(new ConnectionEvent.Closed(number));
    }

    private void Say(ConnectionEvent said) => Node.After(TimeSpan.Zero, () => destination.Report(this, said));

    private static JobOutcome Deferred(Job job, SmtpReply reply) =>
        new(job.Part.Message, job.Attempt, AttemptResult.Attempted, [new RecipientOutcome(job.Open, Disposition.Deferred, reply, "")]);
}

using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>The loop of one connection, as <c>ConnectionLoop</c> is, and its socket at the site.</summary>
internal sealed class ConnectionShell(World world, DestinationShell destination, Site site, int number)
{
    private static readonly SmtpReply Refused = new(451, new EnhancedStatus(4, 4, 1), "no host answers");
    private static readonly SmtpReply SpoolDown = new(451, new EnhancedStatus(4, 3, 0), "the message cannot be read from storage now");
    private static readonly SmtpReply Lost = new(451, new EnhancedStatus(4, 4, 2), "connection lost");

    private Execution? _running;
    private bool _isOpening;
    private bool _isClosing;
    private bool _hasJob;
    private bool _isConnected;

    public Node Node => destination.Node;

    public void Open()
    {
        _isOpening = true;
        Node.After(site.ConnectTime(), () =>
        {
            _isOpening = false;
            if (_isClosing || !site.IsUp)
            {
                Say(new ConnectionEvent.Failed(number, Refused));
                return;
            }

            _isConnected = true;
            Node.Connections.Add(this);
            site.Connect(this);
            Say(new ConnectionEvent.Opened(number));
        });
    }

    public void Send(Job job)
    {
        _hasJob = true;
        // The cache of what was just stored here gives each body out once, and does not ask whether the part is still there.
        if (Node.Bodies.Remove(job.Part)) Attempt(job);
        else world.Storage.Call(Node, () => world.Storage.Spool.Exists(job.Part), exists =>
        {
            if (exists) Attempt(job);
            else End(new JobOutcome(job.Part.Message, job.Attempt, JobEnd.PartGone, []), 0, isUsable: true);
        }, () => End(Deferred(job, job.Open, SpoolDown), 0, isUsable: true));
    }

    /// <summary>Closes it, once its job is done.</summary>
    public void Close(bool isCutOff)
    {
        _isClosing = true;
        // Nobody will hear how its attempt ends: it is as if its process had died.
        if (isCutOff && _running is { } running) running.Excuse();
        if (!_hasJob && !_isOpening) Node.After(site.Latency(), Closed);
    }

    /// <summary>Its process is gone.</summary>
    public void Lose()
    {
        if (_isConnected) site.Disconnect(this);
        _isConnected = false;
        Node.Connections.Remove(this);
    }

    private void Attempt(Job job)
    {
        if (site.IsStale())
        {
            End(null, 0, isUsable: false);
            return;
        }

        var execution = world.Ledger.Begin(job.Part, job.Attempt, Node);
        _running = execution;
        world.Trace?.Add(job.Part.Message, $"attempt {job.Attempt} begins at {site.Id} from {Node}");
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
        world.Trace?.Add(job.Part.Message, $"{site.Id} takes recipients {accepted} of attempt {job.Attempt}{(isDropped ? ", and drops the connection" : "")}");
        world.Ledger.Accepted(execution, accepted);
        Node.After(site.Latency(), () =>
        {
            execution.HasEnded = true;
            if (isDropped) End(Deferred(job, job.Open, Lost), 1, isUsable: false);
            else End(new JobOutcome(job.Part.Message, job.Attempt, JobEnd.Attempted, outcomes), 1, isUsable: !site.IsTired());
        });
    }

    private void End(JobOutcome? outcome, int transactions, bool isUsable)
    {
        _hasJob = false;
        _running = null;
        Say(new ConnectionEvent.Ended(number, outcome, transactions, isUsable));
        if (_isClosing || !isUsable) Node.After(site.Latency(), Closed);
    }

    private void Closed()
    {
        Lose();
        Say(new ConnectionEvent.Closed(number));
    }

    private void Say(ConnectionEvent said) => Node.After(TimeSpan.Zero, () => destination.Hear(this, said));

    private static JobOutcome Deferred(Job job, RecipientSet recipients, SmtpReply reply) =>
        new(job.Part.Message, job.Attempt, JobEnd.Attempted, [new RecipientOutcome(recipients, Disposition.Deferred, reply, "")]);
}

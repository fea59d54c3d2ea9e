using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.HandOff;

/// <summary>The next step of the sweeper.</summary>
internal abstract record SweepStep
{
    private SweepStep()
    {
    }

    /// <summary>Wait for the current step.</summary>
    public sealed record None : SweepStep;

    /// <summary>Read a page from the spool.</summary>
    /// <param name="AcceptedBefore">Later parts are still handed off by their frontends.</param>
    /// <param name="After">Where the last page ended; null for the first.</param>
    public sealed record Read(DateTimeOffset AcceptedBefore, PartId? After) : SweepStep;

    /// <summary>Send offers, and wait for their acknowledgements for <see cref="SweeperState.PageTime"/> at most.</summary>
    /// <param name="Messages">One or more for each queue of the page.</param>
    public sealed record Offer(IReadOnlyList<Enqueue> Messages) : SweepStep;

    /// <summary>Begin again after a pause.</summary>
    /// <param name="Time">The pause.</param>
    public sealed record Pause(TimeSpan Time) : SweepStep;
}

/// <summary>
/// Decides how the sweeper reads the unclaimed parts: page by page, each page offered and acknowledged before the next is read. So a
/// million rows do not become a million messages. No I/O, no clock, no actor.
/// </summary>
/// <remarks>
/// <para>A silent queue delays a page once in a sweep. Its other parts are skipped until it answers or the next sweep begins, which then
/// comes soon. So the parts of other queues are not delayed.</para>
/// <para>The first sweep reads all parts accepted before this singleton started. Later sweeps leave parts to their frontends for
/// <see cref="Deadline"/>, except parts accepted before a frontend left the cluster, which may have been parts of the lost frontend. So no
/// mail waits for the deadline after a crash, and a sweep may offer parts of living frontends, which still hand them off. This costs only
/// work: all parts are offered as repeats, and a queue asks the spool about an unknown repeat before it accepts the part.</para>
/// </remarks>
/// <param name="started">When the singleton started, by the clock of acceptance.</param>
internal sealed class SweeperState(DateTimeOffset started)
{
    /// <summary>The maximum number of unacknowledged offers.</summary>
    public const int PageSize = 500;

    /// <summary>The maximum number of queues remembered as silent; each further silent queue only costs the time of a page.</summary>
    public const int MaxSilent = 10_000;

    /// <summary>Parts are left to their frontends for this long.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Pause between sweeps.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>Pause before an early sweep: time for several frontends to leave together, and for queues to start.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    /// <summary>Longest pause while the storage fails.</summary>
    public static readonly TimeSpan MaxInterval = TimeSpan.FromMinutes(5);

    /// <summary>How long a page waits for its acknowledgements.</summary>
    public static readonly TimeSpan PageTime = TimeSpan.FromSeconds(10);

    private static readonly SweepStep Nothing = new SweepStep.None();

    private readonly HashSet<PartId> _out = [];
    private readonly HashSet<QueueKey> _silent = [];
    private DateTimeOffset _orphansBefore = started;
    private DateTimeOffset _before;
    private PartId? _last;
    private bool _isUnderWay;
    private bool _isMore;
    private bool _isWanted;
    private int _failures;
    private int _incomplete;

    /// <summary>Offered parts without acknowledgement.</summary>
    public int Out => _out.Count;

    /// <summary>Parts offered in this sweep, or in the last sweep when none is under way.</summary>
    public int Offered { get; private set; }

    /// <summary>Parts passed over in this sweep because their queue does not answer.</summary>
    public int PassedOver { get; private set; }

    /// <summary>Begins a sweep.</summary>
    public SweepStep Begin(DateTimeOffset now)
    {
        _before = now - Deadline > _orphansBefore ? now - Deadline : _orphansBefore;
        (_last, Offered, PassedOver) = (null, 0, 0);
        (_isUnderWay, _isWanted) = (true, false);
        _silent.Clear();
        return Read();
    }

    /// <summary>A frontend has left the cluster: its remaining parts are to be swept now.</summary>
    public SweepStep FrontendGone(DateTimeOffset now)
    {
        _orphansBefore = now;
        _isWanted = true;
        return _isUnderWay ? Nothing : new SweepStep.Pause(Soon);
    }

    /// <summary>A page was read.</summary>
    public SweepStep PageRead(IReadOnlyList<PendingPart> page)
    {
        _failures = 0;
        _isMore = page.Count >= PageSize;
        if (page.Count == 0) return End();
        _last = page[^1].Id;
        var offered = page.Where(part => !_silent.Contains(part.Queue)).ToArray();
        PassedOver += page.Count - offered.Length;
        Offered += offered.Length;
        if (offered.Length == 0) return Next();
        foreach (var part in offered) _out.Add(part.Id);
        return new SweepStep.Offer([.. offered.GroupBy(part => part.Queue).SelectMany(queue =>
            queue.Select(part => new PartOffer(part.Part, IsRepeat: true))
                .Chunk(Enqueue.MaxParts).Select(parts => new Enqueue(queue.Key, parts)))]);
    }

    /// <summary>A queue has accepted parts, or had them already.</summary>
    public SweepStep Acknowledge(Enqueued acknowledged)
    {
        _silent.Remove(acknowledged.Queue);
        if (_out.Count == 0) return Nothing;
        foreach (var message in acknowledged.Messages) _out.Remove(new PartId(message, acknowledged.Queue));
        return _out.Count == 0 ? Next() : Nothing;
    }

    /// <summary>The time of the page is over.</summary>
    public SweepStep PageOver()
    {
        if (_out.Count == 0) return Nothing;
        foreach (var part in _out.TakeWhile(_ => _silent.Count < MaxSilent)) _silent.Add(part.Queue);
        _out.Clear();
        return Next();
    }

    /// <summary>The page could not be read. The next sweep starts from the beginning, and does not see parts claimed meanwhile.</summary>
    public SweepStep ReadFailed()
    {
        _isUnderWay = false;
        return new SweepStep.Pause(ExponentialPause.After(++_failures, Interval, MaxInterval));
    }

    private SweepStep.Read Read() => new(_before, _last);

    private SweepStep Next() => _isMore ? Read() : End();

    private SweepStep.Pause End()
    {
        _isUnderWay = false;
        if (_isWanted) return new SweepStep.Pause(Soon);
        _incomplete = PassedOver + _silent.Count > 0 ? _incomplete + 1 : 0;
        return new SweepStep.Pause(_incomplete == 0 ? Interval : ExponentialPause.After(_incomplete, Soon, Interval));
    }
}

using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;

namespace Postfleet.QueueActors.HandOff;

/// <summary>What the sweeper does next.</summary>
internal abstract record SweepStep
{
    private SweepStep()
    {
    }

    /// <summary>Nothing but wait for what is under way.</summary>
    public sealed record None : SweepStep;

    /// <summary>Read a page from the spool.</summary>
    /// <param name="AcceptedBefore">Younger parts are still in their frontends' hands.</param>
    /// <param name="After">Where the last page ended; null for the first.</param>
    public sealed record Read(DateTimeOffset AcceptedBefore, PartId? After) : SweepStep;

    /// <summary>Send these, and wait for their acknowledgements for <see cref="SweeperState.PageTime"/> at most.</summary>
    /// <param name="Messages">One or more for each queue of the page.</param>
    public sealed record Offer(IReadOnlyList<Enqueue> Messages) : SweepStep;

    /// <summary>Begin again after a pause.</summary>
    /// <param name="Time">The pause.</param>
    public sealed record Pause(TimeSpan Time) : SweepStep;
}

/// <summary>
/// Decides how the sweeper goes through the unclaimed parts: page by page, each one offered and acknowledged before the next is read, so
/// that a million rows never become a million messages. No I/O, no clock, no actor.
/// </summary>
/// <remarks>
/// <para>A queue that does not answer holds a page up once in a sweep: its other parts are passed over until it answers or the next sweep
/// begins, so that it does not hold up the parts of all others; that sweep comes soon.</para>
/// <para>The first sweep looks at all that was accepted before this singleton started, the later ones leave parts to their frontends for
/// <see cref="Deadline"/>, but for what was accepted before a frontend left the cluster: what that one had in its hands nobody else will
/// bring. So no mail has to wait for the deadline after a crash; where other frontends live, a sweep offers some of what they have in their
/// hands. That costs work and nothing else, since all is offered as a repeat: a queue that does not know such a part asks the spool before
/// it takes it.</para>
/// </remarks>
/// <param name="started">When the singleton started, by the wall clock, as acceptance is.</param>
internal sealed class SweeperState(DateTimeOffset started)
{
    /// <summary>Most parts that are out at a time.</summary>
    public const int PageSize = 500;

    /// <summary>Most queues that are remembered as silent; more only cost their page's time.</summary>
    public const int MaxSilent = 10_000;

    /// <summary>Parts are left to their frontends for this long.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Pause between sweeps.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>Pause before a sweep that cannot wait: time enough for those who left together, and for queues to start.</summary>
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

    /// <summary>Parts that are offered and not acknowledged.</summary>
    public int Out => _out.Count;

    /// <summary>Parts offered in this sweep, or the last one when none is under way.</summary>
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

    /// <summary>A frontend has left the cluster, one way or the other: what it has not handed off is to be found now.</summary>
    public SweepStep FrontendGone(DateTimeOffset now)
    {
        _orphansBefore = now;
        _isWanted = true;
        return _isUnderWay ? Nothing : new SweepStep.Pause(Soon);
    }

    /// <summary>A page is here.</summary>
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

    /// <summary>A queue has taken parts, or had them already.</summary>
    public SweepStep Acknowledge(Enqueued acknowledged)
    {
        _silent.Remove(acknowledged.Queue);
        if (_out.Count == 0) return Nothing;
        foreach (var message in acknowledged.Messages) _out.Remove(new PartId(message, acknowledged.Queue));
        return _out.Count == 0 ? Next() : Nothing;
    }

    /// <summary>The page has had its time.</summary>
    public SweepStep PageOver()
    {
        if (_out.Count == 0) return Nothing;
        foreach (var part in _out.TakeWhile(_ => _silent.Count < MaxSilent)) _silent.Add(part.Queue);
        _out.Clear();
        return Next();
    }

    /// <summary>The page could not be read. The next sweep begins at the beginning: what was claimed meanwhile is not seen again.</summary>
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

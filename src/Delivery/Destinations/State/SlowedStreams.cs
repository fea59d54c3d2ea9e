using System.Globalization;
using Postfleet.Core.Classification;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The streams of a destination whose rate rules for replies have lowered, each with its own factor, and the measured speeds that a rule
/// lowers. Bounded. Part of <see cref="SiteShaping"/>. No clock, no I/O.
/// </summary>
internal sealed class SlowedStreams
{
    private const string Prefix = "rate:";

    private const int MaxStreams = 1000;

    // Further streams have the speed of the destination.
    private const int MaxMeters = 16;

    private readonly Dictionary<string, Slowdown> _slowed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SpeedMeter> _speeds = new(StringComparer.Ordinal);
    private string? _first;

    /// <summary>Whether no stream is slowed.</summary>
    public bool IsEmpty => _slowed.Count == 0;

    /// <summary>The slowed streams.</summary>
    public IReadOnlyCollection<string> Names => _slowed.Keys;

    /// <summary>When the next rate may rise; null for never.</summary>
    public DateTimeOffset? NextStep
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var slowdown in _slowed.Values) next = Earliest.Of(next, slowdown.NextStep);
            return next;
        }
    }

    /// <summary>The stream of a row's scope; null for a scope of another kind.</summary>
    public static string? StreamOf(string scope) => scope.StartsWith(Prefix, StringComparison.Ordinal) ? scope[Prefix.Length..] : null;

    /// <summary>The lowered rate of a stream; null if it is not lowered.</summary>
    public Slowdown? Find(string stream) => _slowed.Count == 0 ? null : _slowed.GetValueOrDefault(stream);

    /// <summary>The rate of a stream; none if it is not lowered.</summary>
    public Rate RateOf(string stream) => Find(stream) is { } slowdown ? LearnedRates.RateOf(slowdown.Limit) : Rate.None;

    /// <summary>The rate of a stream with the rule, what the rule has left, and the reply; empty if the rate is not lowered.</summary>
    public string Describe(string stream) => Find(stream) is not { } slowdown ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"{RateOf(stream)} by the rule {slowdown.Rule}, which has left {slowdown.Factor:0.####} after: {slowdown.Reply}; "
            + $"it may rise at {slowdown.NextStep:u}");

    /// <summary>Counts the transactions of an attempt, and whether it delivered mail.</summary>
    public void Ended(string stream, int transactions, bool hasDelivered, DateTimeOffset now)
    {
        if (hasDelivered) Find(stream)?.Delivered();
        // The speed of a single stream is that of the destination.
        _first ??= stream;
        if (_speeds.Count == 0 && stream == _first) return;
        if (!_speeds.TryGetValue(stream, out var speed))
        {
            if (_speeds.Count >= MaxMeters) return;
            _speeds.Add(stream, speed = new SpeedMeter());
        }

        speed.Count(transactions, now);
    }

    /// <summary>A rule matches a reply to mail of a stream. Returns the row of the stream if its rate was lowered.</summary>
    /// <param name="reaction">The reaction.</param>
    /// <param name="match">The rule and the reply.</param>
    /// <param name="reply">The reply as it is shown.</param>
    /// <param name="siteSpeed">The speed of the destination.</param>
    /// <param name="now">The time.</param>
    public SiteState? Match(ReplyReaction reaction, ReplyMatch match, string reply, int siteSpeed, DateTimeOffset now)
    {
        var stream = match.Stream;
        if (stream.Length == 0) return null;
        if (!_slowed.TryGetValue(stream, out var slowdown))
        {
            if (_slowed.Count >= MaxStreams) return null;
            _slowed.Add(stream, slowdown = new Slowdown(Prefix + stream));
        }

        var speed = _speeds.TryGetValue(stream, out var meter) ? meter.PerSecond(now) : siteSpeed;
        return slowdown.Match(reaction, LearnedRates.PerSecond(reaction.Floor), speed, match.Rule.Id, reply, now)
            ? slowdown.ToRow(default, now) : null;
    }

    /// <summary>Mail of a stream waits for its rate.</summary>
    public void Binds(string stream) => Find(stream)?.Binds();

    /// <summary>Raises the rates whose time has come. Adds the steps.</summary>
    public void Tick(DateTimeOffset now, List<(ShapingStep Step, string Scope, SiteState? Row)> steps)
    {
        foreach (var (stream, slowdown) in _slowed)
        {
            if (!slowdown.Tick(now)) continue;
            if (!slowdown.IsActive) _slowed.Remove(stream);
            steps.Add((
                slowdown.IsActive ? ShapingStep.Raised : ShapingStep.Recovered, Prefix + stream, slowdown.ToRow(default, now)));
        }
    }

    /// <summary>Takes over a row. What was learned here since stays.</summary>
    public void Restore(SiteState row, DateTimeOffset now)
    {
        var slowdown = new Slowdown(row.Scope);
        slowdown.Restore(row, now);
        if (slowdown.IsActive && _slowed.Count < MaxStreams) _slowed.TryAdd(StreamOf(row.Scope)!, slowdown);
    }
}

using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>A step of <see cref="SiteShaping"/>, for the log, the metrics and the storage.</summary>
internal enum ShapingStep
{
    /// <summary>A limit was lowered.</summary>
    Slowed,

    /// <summary>A limit was raised, and is still lowered.</summary>
    Raised,

    /// <summary>A limit is not lowered any more.</summary>
    Recovered,

    /// <summary>A pause began.</summary>
    Paused,

    /// <summary>A pause is forgotten, or was ended by an operator.</summary>
    Forgotten,
}

/// <summary>
/// What replies do to a destination: rules of replies lower its rate and its connections and pause its mail, and time raises the limits
/// again. Part of <see cref="DestinationState"/>. No clock, no I/O.
/// </summary>
internal sealed class SiteShaping
{
    private const string PauseScope = "pause";
    private const string StreamPrefix = "pause:";
    private const int MaxStreams = 1000;

    private readonly Slowdown _rate = new("rate");
    private readonly Slowdown _connections = new("connections");
    private readonly RulePause _pause = new(PauseScope);
    private readonly Dictionary<string, RulePause> _streams = new(StringComparer.Ordinal);
    private readonly EventCounts _events = new();
    private readonly SpeedMeter _speed = new();
    private readonly List<(ShapingStep Step, string Scope, SiteState? Row)> _steps = [];
    private DestinationRules _rules;
    private bool _isPaused;

    public SiteShaping(DestinationRules rules) => Use(_rules = rules);

    /// <summary>The limits with what was learned; the configured ones where nothing was.</summary>
    public DestinationRules Effective { get; private set; } = null!;

    /// <summary>Whether replies have changed nothing: no limit is lowered, and no mail of the whole destination is paused.</summary>
    public bool IsQuiet => !_rate.IsActive && !_connections.IsActive && !_isPaused;

    /// <summary>The lowered rate.</summary>
    public Slowdown Rate => _rate;

    /// <summary>The lowered number of connections.</summary>
    public Slowdown Connections => _connections;

    /// <summary>The pause of all mail.</summary>
    public RulePause Pause => _pause;

    /// <summary>The streams whose rate is lowered.</summary>
    public SlowedStreams Streams { get; } = new();

    /// <summary>When the next limit may rise, or a pause ends or is forgotten; null for never.</summary>
    public DateTimeOffset? NextWake(DateTimeOffset now)
    {
        var next = Earliest.Of(Streams.NextStep, Earliest.Of(_rate.NextStep, _connections.NextStep));
        foreach (var pause in Pauses) next = Earliest.Of(next, pause.IsOn(now) ? pause.Until : pause.ForgottenAt);
        return next;
    }

    private IEnumerable<RulePause> Pauses => _isPaused ? _streams.Values.Prepend(_pause) : _streams.Values;

    /// <summary>The limits of the configuration from now on.</summary>
    public DestinationRules Use(DestinationRules rules)
    {
        _rules = rules;
        _rate.Use(rules.MaxRate.Rates.Select(rate => rate.Count / rate.Period.TotalSeconds).DefaultIfEmpty(0).Min(), 0.001);
        _connections.Use(rules.MaxConnections, 1.0 / Math.Max(1, rules.MaxConnections));
        return Apply();
    }

    /// <summary>Counts the transactions of an attempt, and whether it delivered mail.</summary>
    public void Ended(string stream, int transactions, bool hasDelivered, DateTimeOffset now)
    {
        Streams.Ended(stream, transactions, hasDelivered, now);
        _speed.Count(transactions, now);
        if (!hasDelivered) return;
        _rate.Delivered();
        _connections.Delivered();
    }

    /// <summary>A rule matches a reply.</summary>
    /// <param name="match">The rule and the reply.</param>
    /// <param name="running">The running attempts, which the speed does not count yet.</param>
    /// <param name="now">The time.</param>
    public void Match(ReplyMatch match, int running, DateTimeOffset now)
    {
        var reply = match.Reply.WithTextOfAtMost(SiteState.MaxReply).ToString();
        foreach (var reaction in match.Rule.Reactions)
        {
            if (!_events.Count(reaction, now)) continue;
            if (reaction.Slow is null) BeginPause(reaction, match, reply, now);
            else if (reaction.What == ReactionTarget.Stream)
            {
                if (Streams.Match(reaction, match, reply, _speed.PerSecond(now) + running, now) is { } row)
                    _steps.Add((ShapingStep.Slowed, row.Scope, row));
            }
            else if (reaction.LeastConnections is { } least)
            {
                if (_connections.Match(reaction, least, 0, match.Rule.Id, reply, now)) Note(ShapingStep.Slowed, _connections, now);
            }
            else if (_rate.Match(
                reaction, LearnedRates.PerSecond(reaction.Floor), _speed.PerSecond(now) + running, match.Rule.Id, reply, now))
            {
                Note(ShapingStep.Slowed, _rate, now);
            }
        }

        Apply();
    }

    /// <summary>Raises limits and forgets pauses whose time has come.</summary>
    /// <param name="isRateBinding">Whether mail waits for the rate.</param>
    /// <param name="now">The time.</param>
    public void Tick(bool isRateBinding, DateTimeOffset now)
    {
        if (isRateBinding) _rate.Binds();
        foreach (var slowdown in (ReadOnlySpan<Slowdown>)[_rate, _connections])
            if (slowdown.Tick(now)) Note(slowdown.IsActive ? ShapingStep.Raised : ShapingStep.Recovered, slowdown, now);
        if (!Streams.IsEmpty) Streams.Tick(now, _steps);
        if (_isPaused && now >= _pause.ForgottenAt)
        {
            _isPaused = false;
            _steps.Add((ShapingStep.Forgotten, PauseScope, null));
        }

        foreach (var (stream, pause) in _streams)
        {
            if (now < pause.ForgottenAt) continue;
            _streams.Remove(stream);
            _steps.Add((ShapingStep.Forgotten, StreamPrefix + stream, null));
        }

        if (_steps.Count > 0) Apply();
    }

    /// <summary>The pause that holds mail of a stream; null if it may be sent.</summary>
    public RulePause? PauseOf(string stream, DateTimeOffset now) =>
        IsPaused(now) ? _pause : _streams.Count > 0 && _streams.TryGetValue(stream, out var pause) && pause.IsOn(now) ? pause : null;

    /// <summary>Whether all mail waits.</summary>
    public bool IsPaused(DateTimeOffset now) => _isPaused && _pause.IsOn(now);

    /// <summary>Ends all pauses by an operator's order; the next ones are as long as if they had run out.</summary>
    public void EndPauses(DateTimeOffset now)
    {
        foreach (var pause in Pauses)
        {
            if (!pause.IsOn(now)) continue;
            pause.End(now);
            // A later owner of the destination must not begin the pause again.
            _steps.Add((ShapingStep.Forgotten, pause.Scope, null));
        }
    }

    /// <summary>The steps since the last call, with the row to be written; null where it is to be deleted.</summary>
    public IEnumerable<(ShapingStep Step, string Scope, SiteState? Row)> TakeSteps()
    {
        if (_steps.Count == 0) return [];
        var steps = _steps.ToArray();
        _steps.Clear();
        return steps;
    }

    /// <summary>Takes over what an earlier owner of the destination has learned. What was learned here since stays.</summary>
    public void Restore(IReadOnlyList<SiteState> rows, DateTimeOffset now)
    {
        foreach (var row in rows)
        {
            if (row.Scope == "rate" && !_rate.IsActive) _rate.Restore(row, now);
            else if (row.Scope == "connections" && !_connections.IsActive) _connections.Restore(row, now);
            else if (SlowedStreams.StreamOf(row.Scope) is not null) Streams.Restore(row, now);
            else if (row.Scope == PauseScope && !_isPaused) Restore(_pause, row, now);
            else if (row.Scope.StartsWith(StreamPrefix, StringComparison.Ordinal) && _streams.Count < MaxStreams)
            {
                var pause = new RulePause(row.Scope);
                if (_streams.TryAdd(row.Scope[StreamPrefix.Length..], pause)) pause.Restore(row, now);
            }
        }

        Apply();
    }

    /// <summary>The reply for a queue that has to wait for the end of a pause.</summary>
    public static SmtpReply ReplyOf(RulePause pause) => new SmtpReply(
        451, new EnhancedStatus(4, 7, 0), $"paused by the rule {pause.Rule}: {pause.Reply}");

    private void Restore(RulePause pause, SiteState row, DateTimeOffset now)
    {
        _isPaused = true;
        pause.Restore(row, now);
    }

    private void BeginPause(ReplyReaction reaction, ReplyMatch match, string reply, DateTimeOffset now)
    {
        var pause = _pause;
        if (reaction.What == ReactionTarget.Stream)
        {
            if (match.Stream.Length == 0 || (!_streams.ContainsKey(match.Stream) && _streams.Count >= MaxStreams)) return;
            if (!_streams.TryGetValue(match.Stream, out pause!))
                _streams.Add(match.Stream, pause = new RulePause(StreamPrefix + match.Stream));
        }
        else
        {
            _isPaused = true;
        }

        if (!pause.Match(reaction, match.Rule.Id, reply, now)) return;
        var row = pause.ToRow(default, now);
        _steps.Add((ShapingStep.Paused, row.Scope, row));
    }

    private void Note(ShapingStep step, Slowdown slowdown, DateTimeOffset now) =>
        _steps.Add((step, slowdown == _rate ? "rate" : "connections", slowdown.ToRow(default, now)));

    private DestinationRules Apply()
    {
        var effective = _rules;
        if (_rate.IsActive) effective = effective with { MaxRate = LearnedRates.RateOf(_rate.Limit) };
        if (_connections.IsActive) effective = effective with { MaxConnections = Math.Max(1, (int)(_connections.Limit + 1e-9)) };
        // The same object as long as nothing changes: the books are told of changes alone.
        if (Effective != effective) Effective = effective;
        return Effective;
    }
}

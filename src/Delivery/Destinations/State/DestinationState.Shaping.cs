using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <content>What replies have taught of the site: lowered limits and pauses.</content>
internal sealed partial class DestinationState
{
    private readonly SiteShaping _shaping;
    private bool _isAwaitingState;

    /// <summary>What replies have taught of the site.</summary>
    public SiteShaping Shaping => _shaping;

    /// <summary>No connection is opened and no credit granted until <see cref="Restore"/>.</summary>
    public void AwaitState() => _isAwaitingState = true;

    /// <summary>Takes over what an earlier owner of the destination has learned.</summary>
    /// <param name="rows">Its rows; empty if there are none, or they cannot be read.</param>
    /// <param name="now">The time.</param>
    public void Restore(IReadOnlyList<SiteState> rows, DateTimeOffset now)
    {
        _isAwaitingState = false;
        _shaping.Restore(rows, now);
        Limit(_shaping.Effective);
        foreach (var stream in _shaping.Streams.Names) _credits.Slow(stream, _shaping.Streams.RateOf(stream));
    }

    /// <summary>Whether jobs and requests of a stream are not accepted now.</summary>
    private bool IsPaused(string stream, DateTimeOffset now) => _outages.IsDown(now) || _shaping.PauseOf(stream, now) is not null;

    // Tells a queue for how long to wait.
    private void Refuse(QueueKey queue, DateTimeOffset now)
    {
        if (_shaping.PauseOf(queue.Stream, now) is { } pause)
            _effects.Add(new DestinationEffect.Refuse(queue, pause.Until - now, SiteShaping.ReplyOf(pause)));
        else _outages.Refuse(queue, now);
    }

    private void Match(IReadOnlyList<ReplyMatch> matches, DateTimeOffset now)
    {
        for (var i = 0; i < matches.Count; i++) _shaping.Match(matches[i], _pool.Running, now);
    }

    // Carries out what matches and time have changed.
    private void Shape(DateTimeOffset now)
    {
        foreach (var stream in _shaping.Streams.Names) if (_credits.Waits(stream)) _shaping.Streams.Binds(stream);
        _shaping.Tick(_waiting.RateSince is not null, now);
        var hasPaused = false;
        foreach (var (step, scope, row) in _shaping.TakeSteps())
        {
            _effects.Add(new DestinationEffect.Shaped(step, scope, row));
            hasPaused |= step == ShapingStep.Paused;
            if (SlowedStreams.StreamOf(scope) is { } stream) Slow(stream, step);
        }

        if (!ReferenceEquals(_rules, _shaping.Effective)) Limit(_shaping.Effective);
        if (!hasPaused || _isStopping) return;
        // Refusals are sent before the jobs are returned, so the queues do not ask again at once.
        foreach (var line in _credits.Find(line => _shaping.PauseOf(line.Stream, now) is not null))
        {
            _credits.Ask(line.Key, 0);
            Refuse(line.Key, now);
            foreach (var job in _waiting.Withdraw(line, static _ => true)) _outcomes.Return(job);
        }
    }

    // Jobs that wait here have credits that were granted before; their queues ask again, and are granted what the new rate allows.
    private void Slow(string stream, ShapingStep step)
    {
        _credits.Slow(stream, _shaping.Streams.RateOf(stream));
        if (step != ShapingStep.Slowed) return;
        foreach (var line in _credits.Find(line => line.Stream == stream))
            foreach (var job in _waiting.Withdraw(line, static _ => true)) _outcomes.Return(job);
    }

    private static bool HasDelivered(JobOutcome? outcome)
    {
        for (var i = 0; i < outcome?.Recipients.Count; i++)
            if (outcome.Recipients[i].Disposition == Disposition.Delivered) return true;
        return false;
    }

    private void Limit(DestinationRules rules) => _rules = _waiting.Use(_credits.Use(_outages.Use(_pool.Use(rules))));
}

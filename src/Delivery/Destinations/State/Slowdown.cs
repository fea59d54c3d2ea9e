using Postfleet.Core.Classification;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// One lowered limit of a destination: a match of a rule multiplies it, and quiet time with deliveries raises it in steps, never at once.
/// Part of <see cref="SiteShaping"/>. No clock, no I/O.
/// </summary>
/// <remarks>
/// The limit is the base times the factor. Below the ceiling, the place where the site refused mail last, a step is half of the distance;
/// at the ceiling the limit stays for a while, since each look above costs refused attempts; then steps of a tenth follow. No step is
/// above 0.1.
/// </remarks>
/// <param name="scope">The scope of its rows.</param>
internal sealed class Slowdown(string scope)
{
    private const double MaxStep = 0.1;
    private const double Growth = 0.1;
    private const double BaseGrowth = 0.25;
    private const double UnderCeiling = 0.95;
    private const double Least = 0.0001;

    /// <summary>How many quiet times the limit stays at the ceiling.</summary>
    public const int Plateau = 15;

    private double _configured;
    private double _measured;
    private double _leastStep = 0.01;
    private double _ceiling;
    private DateTimeOffset _loweredAt;
    private DateTimeOffset _nextStep;
    private TimeSpan _recover;
    private int _quiet;
    private bool _hasDelivered;
    private bool _isBinding;

    /// <summary>Whether the limit is lowered.</summary>
    public bool IsActive { get; private set; }

    /// <summary>The part of the base that is left; 1 if the limit is not lowered.</summary>
    public double Factor { get; private set; } = 1;

    /// <summary>The limit; meaningful while it is active.</summary>
    public double Limit => Base * Factor;

    /// <summary>The rule of the last match.</summary>
    public string Rule { get; private set; } = "";

    /// <summary>The reply of the last match.</summary>
    public string Reply { get; private set; } = "";

    /// <summary>When the limit may rise; null if it is not lowered.</summary>
    public DateTimeOffset? NextStep => IsActive ? _nextStep : null;

    private double Base => _configured > 0 ? _configured : _measured;

    /// <summary>The configured limit from now on; 0 for none.</summary>
    /// <param name="configured">The limit.</param>
    /// <param name="leastStep">The least step of the factor that has an effect.</param>
    public void Use(double configured, double leastStep) => (_configured, _leastStep) = (configured, leastStep);

    /// <summary>Mail was delivered.</summary>
    public void Delivered() => _hasDelivered = true;

    /// <summary>Mail waits for the limit.</summary>
    public void Binds() => _isBinding = true;

    /// <summary>A rule matches. Returns whether the limit was lowered.</summary>
    /// <param name="reaction">The reaction.</param>
    /// <param name="floor">The least limit.</param>
    /// <param name="measured">The present speed, which is the base where no limit is configured.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="reply">The reply.</param>
    /// <param name="now">The time.</param>
    public bool Match(ReplyReaction reaction, double floor, double measured, string rule, string reply, DateTimeOffset now)
    {
        // Connections that hear of the same event do not lower the limit again, but time is not quiet.
        var isHeld = IsActive && now >= _loweredAt && now < _loweredAt + reaction.Hold;
        (_hasDelivered, _quiet, _recover, _nextStep) = (false, 0, reaction.Recover, now + reaction.Recover);
        if (isHeld) return false;
        if (!IsActive) (_measured, Factor) = (Math.Max(measured, floor), 1);
        (IsActive, _loweredAt, Rule, Reply) = (true, now, rule, reply);
        _ceiling = UnderCeiling * Factor;
        Factor = Math.Max(Least, Math.Min(Factor, Math.Max(Factor * reaction.Slow!.Value, floor / Base)));
        return true;
    }

    /// <summary>Raises the limit when its time has come. Returns whether it has changed, or has ended.</summary>
    public bool Tick(DateTimeOffset now)
    {
        // A clock set back must not keep the limit for longer than a step takes.
        if (IsActive && _nextStep > now + _recover) _nextStep = now + _recover;
        if (!IsActive || now < _nextStep) return false;
        _nextStep = now + _recover;
        if (!_hasDelivered) return false;
        _hasDelivered = false;
        var (before, measured) = (Factor, _measured);
        Rise();
        _isBinding = false;
        return before != Factor || measured != _measured || !IsActive;
    }

    /// <summary>The row; null where no limit is lowered.</summary>
    public SiteState? ToRow(DestinationId destination, DateTimeOffset now) => !IsActive ? null : new SiteState(destination, scope)
    {
        Rule = Rule,
        Factor = Factor,
        Base = _configured > 0 ? 0 : _measured,
        Ceiling = _ceiling,
        Until = _nextStep,
        Length = _recover,
        ChangedAt = now,
        Reply = Reply,
    };

    /// <summary>Takes over a row.</summary>
    public void Restore(SiteState row, DateTimeOffset now)
    {
        (Rule, Reply, _measured, _ceiling) = (row.Rule, row.Reply, row.Base, row.Ceiling);
        // A damaged row limits nothing.
        IsActive = row.Factor > 0 && double.IsFinite(row.Base) && double.IsFinite(row.Ceiling);
        Factor = IsActive ? Math.Clamp(row.Factor, Least, 1) : 1;
        _recover = row.Length > TimeSpan.Zero && row.Length <= SiteState.MaxLength ? row.Length : ReplyReaction.DefaultRecover;
        (_loweredAt, _nextStep) = (row.ChangedAt, now + _recover);
        // The limit of the configuration has been taken away since.
        if (Base <= 0) IsActive = false;
    }

    private void Rise()
    {
        if (_ceiling > Factor)
        {
            var distance = _ceiling - Factor;
            var step = Math.Min(MaxStep, Math.Max(distance / 2, Math.Max(0.02 * Factor, _leastStep)));
            Factor = distance - step < 0.01 * _ceiling ? Math.Min(_ceiling, Factor + MaxStep) : Factor + step;
            return;
        }

        if (_ceiling > 0 && ++_quiet < Plateau) return;
        (_ceiling, _quiet) = (0, 0);
        if (Factor < 1) Factor = Math.Min(1, Factor + Math.Min(MaxStep, Math.Max(Growth * Factor, _leastStep)));
        // Nothing limits mail after the end but the site: the measured base grows for as long as mail waits for it.
        else if (_configured <= 0 && _isBinding) _measured *= 1 + BaseGrowth;
        else IsActive = false;
    }
}

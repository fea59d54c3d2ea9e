using Postfleet.Core.Units;

namespace Postfleet.Core.Classification;

/// <summary>What a reaction to a reply limits.</summary>
public enum ReactionTarget
{
    /// <summary>All mail of one source to one site.</summary>
    Destination = 1,

    /// <summary>Mail of one source to the mail hosts of the recipient's domain.</summary>
    HostSet = 2,

    /// <summary>Mail of the source that got the reply, to the site that gave it.</summary>
    Source = 3,

    /// <summary>Mail of one stream to one site.</summary>
    Stream = 4,
}

/// <summary>
/// What a rule does to the delivery to a site when a reply matches: it lowers a limit by a factor, or pauses mail for a time. Immutable.
/// Made by <see cref="RuleFile"/>, carried out by the destination.
/// </summary>
public sealed record ReplyReaction
{
    /// <summary>How long further matches do not lower a limit again: many connections hear of one event. The default of rules.</summary>
    public static readonly TimeSpan DefaultHold = TimeSpan.FromSeconds(30);

    /// <summary>After each such time without a match a lowered limit rises by a step. The default of rules.</summary>
    public static readonly TimeSpan DefaultRecover = TimeSpan.FromMinutes(1);

    /// <summary>The longest pause, however often it has doubled. The default of rules.</summary>
    public static readonly TimeSpan DefaultMax = TimeSpan.FromDays(1);

    /// <summary>The factor of the limit, above 0 and below 1; null for a pause.</summary>
    public double? Slow { get; init; }

    /// <summary>The least rate, down to which the rate is lowered; <see cref="Rate.None"/> where connections are lowered.</summary>
    public Rate Floor { get; init; }

    /// <summary>The least number of connections, down to which it is lowered; null where the rate is lowered.</summary>
    public int? LeastConnections { get; init; }

    /// <summary>The time during which a further match counts as the same event.</summary>
    public TimeSpan Hold { get; init; } = DefaultHold;

    /// <summary>The time without a match after which a lowered limit rises by a step.</summary>
    public TimeSpan Recover { get; init; } = DefaultRecover;

    /// <summary>The first pause; zero for a slowdown. It doubles with each further pause.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>The longest pause.</summary>
    public TimeSpan Max { get; init; } = DefaultMax;

    /// <summary>What is limited.</summary>
    public ReactionTarget What { get; init; } = ReactionTarget.Destination;

    /// <summary>The number of events that have to come together; 1 for each event.</summary>
    public int After { get; init; } = 1;

    /// <summary>The time in which the events have to come.</summary>
    public TimeSpan Within { get; init; }
}

using Postfleet.Core.Units;

namespace Postfleet.QueueActors.Options;

/// <summary>A time in force, with the key of the configuration that has it.</summary>
/// <param name="Value">The time.</param>
/// <param name="Key">The path of the key.</param>
internal readonly record struct TimeSetting(TimeSpan Value, string Key);

/// <summary>
/// The times of the queues of a stream and a domain: those of section <c>Queues</c>, under those of the domain, under those of the stream.
/// Each time knows its key. Pure.
/// </summary>
internal sealed record QueueTimes(TimeSetting FirstRetry, TimeSetting MaxRetry, TimeSetting Lifetime, TimeSetting DelayWarning)
{
    /// <summary>The times for all domains and streams.</summary>
    public static QueueTimes Of(QueueOptions options) => new(
        new(options.FirstRetry, "Queues:FirstRetry"), new(options.MaxRetry, "Queues:MaxRetry"), new(options.Lifetime, "Queues:Lifetime"),
        new(options.DelayWarning, "Queues:DelayWarning"));

    /// <summary>The times under those of an entry of <c>Queues:Domains</c>.</summary>
    public QueueTimes Under(DomainQueueOptions entry, int index) =>
        Under($"Queues:Domains:{index}", entry.FirstRetry, entry.MaxRetry, entry.Lifetime, entry.DelayWarning);

    /// <summary>The times under those of an entry of <c>Streams</c>.</summary>
    public QueueTimes Under(StreamOptions entry, int index) =>
        Under($"Streams:{index}", entry.FirstRetry, entry.MaxRetry, entry.Lifetime, entry.DelayWarning);

    /// <summary>An error line for each contradiction.</summary>
    public IEnumerable<string> Faults()
    {
        if (FirstRetry.Value > MaxRetry.Value) yield return Shorter(MaxRetry, FirstRetry);
        if (MaxRetry.Value > Lifetime.Value) yield return Shorter(Lifetime, MaxRetry);
    }

    private QueueTimes Under(string section, TimeSpan? first, TimeSpan? max, TimeSpan? lifetime, TimeSpan? warning) => new(
        Over(FirstRetry, first, $"{section}:{nameof(FirstRetry)}"), Over(MaxRetry, max, $"{section}:{nameof(MaxRetry)}"),
        Over(Lifetime, lifetime, $"{section}:{nameof(Lifetime)}"), Over(DelayWarning, warning, $"{section}:{nameof(DelayWarning)}"));

    private static TimeSetting Over(TimeSetting below, TimeSpan? value, string key) => value is { } own ? new(own, key) : below;

    private static string Shorter(TimeSetting time, TimeSetting bound) =>
        $"{time.Key} is '{Durations.Format(time.Value)}'; allowed: at least {bound.Key}, which is {Durations.Format(bound.Value)}";
}

using Postfleet.Configuration;
using Postfleet.Core.Units;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.QueueActors.Options;

/// <summary>
/// The keys of the sections about the queues, and the rules for combinations of their values. The bounds allow tests without waits.
/// </summary>
public sealed class QueueConfiguration : ModuleConfiguration<QueueSections>
{
    private static readonly ValueRule Retry = Duration("100ms", "10d");
    private static readonly ValueRule Lifetime = Duration("100ms", "30d");
    private static readonly ValueRule Warning = Duration("0s", "30d");
    private static readonly ValueRule DomainPattern = Text("*, *.suffix or a domain name", TextForms.DomainPattern);

    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Queues:FirstRetry", Retry, "10m",
            "Pause after the first temporary failure, up to a tenth longer; it doubles from attempt to attempt."),
        new("Queues:MaxRetry", Retry, "2h", "Longest pause between attempts; at least FirstRetry."),
        new("Queues:Lifetime", Lifetime, "2d", "Time for which a message is tried before it is returned to its sender; at least MaxRetry."),
        new("Queues:DelayWarning", Warning, "1d",
            "Time after which the sender gets one delay report; 0s, or the lifetime and more: never."),
        new("Queues:IdleTimeout", Duration("100ms", "10d"), "1m", "Time for which an empty queue stays in memory."),
        new("Queues:Domains:#:Domain", DomainPattern, "*.example.org", "Domains of the entry; the first matching entry applies.")
            { Required = true },
        new("Queues:Domains:#:FirstRetry", Retry, "1m", "FirstRetry for these domains."),
        new("Queues:Domains:#:MaxRetry", Retry, "1h", "MaxRetry for these domains."),
        new("Queues:Domains:#:Lifetime", Lifetime, "7d", "Lifetime for these domains."),
        new("Queues:Domains:#:DelayWarning", Warning, "1d", "DelayWarning for these domains."),

        new("Notifications:Copies:#", Text("a mail address", TextForms.Mailbox), "postmaster@example.org",
            "Mailboxes that get a copy of each failure report."),
        new("Notifications:MaxReturnedSize", Size("1KB", "1MB"), "200KB",
            "Largest message that a failure report returns whole if the sender requests it (RET=FULL)."),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reloaded { get; } =
    [
        "Queues:FirstRetry", "Queues:MaxRetry", "Queues:Lifetime", "Queues:DelayWarning", "Queues:Domains", "Notifications",
    ];

    /// <inheritdoc/>
    protected override IEnumerable<string> Check(QueueSections options)
    {
        var queues = options.Queues;
        var all = CheckTimes("Queues", queues.FirstRetry, queues.MaxRetry, queues.Lifetime);
        var some = queues.Domains.Index().SelectMany(domain => CheckTimes(
            $"Queues:Domains:{domain.Index}",
            domain.Item.FirstRetry ?? queues.FirstRetry,
            domain.Item.MaxRetry ?? queues.MaxRetry,
            domain.Item.Lifetime ?? queues.Lifetime));
        return [.. all, .. some];
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(QueueSections options, CheckSurroundings surroundings) =>
    [
        .. ListWarnings.Repeated("Notifications:Copies", options.Notifications.Copies),
        .. ListWarnings.NeverUsed("Queues:Domains", [.. options.Queues.Domains.Select(domain => domain.Domain)]),
    ];

    private static IEnumerable<string> CheckTimes(string section, TimeSpan first, TimeSpan max, TimeSpan lifetime)
    {
        if (first > max) yield return Shorter(section, "MaxRetry", max, "FirstRetry", first);
        if (max > lifetime) yield return Shorter(section, "Lifetime", lifetime, "MaxRetry", max);
    }

    private static string Shorter(string section, string name, TimeSpan value, string least, TimeSpan bound) =>
        $"{section}:{name} is '{Durations.Format(value)}'; allowed: at least {section}:{least}, which is {Durations.Format(bound)}";
}

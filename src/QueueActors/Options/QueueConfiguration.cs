using Postfleet.Configuration;
using Postfleet.Core.Queueing;
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

        new("Streams:#:Name", Text($"1 to {QueueKey.MaxStreamLength} letters, digits, - and _", StreamName), "bulk",
            "Name of the stream, unique; in lower case.") { Required = true },
        new("Streams:#:Weight", Number(1, StreamSet.MaxWeight, ""), "10",
            "Share of a destination, in proportion to the weights of the other streams that have mail for it."),
        new("Streams:#:FirstRetry", Retry, "1m", "FirstRetry for the stream, at all domains."),
        new("Streams:#:MaxRetry", Retry, "1h", "MaxRetry for the stream, at all domains."),
        new("Streams:#:Lifetime", Lifetime, "2d", "Lifetime for the stream, at all domains."),
        new("Streams:#:DelayWarning", Warning, "30m", "DelayWarning for the stream, at all domains."),

        new("Notifications:Copies:#", Text("a mail address", TextForms.Mailbox), "postmaster@example.org",
            "Mailboxes that get a copy of each failure report."),
        new("Notifications:MaxReturnedSize", Size("1KB", "1MB"), "200KB",
            "Largest message that a failure report returns whole if the sender requests it (RET=FULL)."),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reloaded { get; } =
    [
        "Queues:FirstRetry", "Queues:MaxRetry", "Queues:Lifetime", "Queues:DelayWarning", "Queues:Domains", "Streams",
        "Notifications",
    ];

    /// <inheritdoc/>
    protected override IEnumerable<string> Check(QueueSections options)
    {
        var all = QueueTimes.Of(options.Queues);
        List<QueueTimes> domains =
            [all, .. options.Queues.Domains.Select((entry, index) => all.Under(entry, index))];
        var streams = options.Streams.SelectMany((entry, index) => domains.Select(times => times.Under(entry, index)));
        return [.. CheckNames(options.Streams), .. domains.Concat(streams).SelectMany(times => times.Faults()).Distinct()];
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(QueueSections options, CheckSurroundings surroundings) =>
    [
        .. ListWarnings.Repeated("Notifications:Copies", options.Notifications.Copies),
        .. ListWarnings.NeverUsed("Queues:Domains", [.. options.Queues.Domains.Select(domain => domain.Domain)]),
    ];

    private static string? StreamName(string text) => text.ToLowerInvariant() is var name && QueueKey.IsStream(name) ? name : null;

    private static IEnumerable<string> CheckNames(IReadOnlyList<StreamOptions> streams)
    {
        if (streams.Count > StreamSet.MaxStreams)
            yield return $"Streams has {streams.Count} entries; allowed: at most {StreamSet.MaxStreams}";
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (index, stream) in streams.Index())
        {
            if (first.TryAdd(stream.Name, index)) continue;
            yield return $"Streams:{index}:Name is '{stream.Name}', as is Streams:{first[stream.Name]}:Name; " +
                "allowed: a name of its own";
        }
    }
}

using Postfleet.Configuration;
using Postfleet.Core.Units;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Delivery.Options;

/// <summary>The keys of the sections <c>Providers</c> and <c>Destinations</c>, and the rules for combinations of their values.</summary>
internal static class ShapingKeys
{
    private static readonly ValueRule Dialogue = Duration("100ms", "1h");

    private static readonly ValueRule Hosts = Text(
        "names of mail hosts, or .suffix for all names below it", text => HostPatterns.Normalize(text));

    private static readonly ValueRule Rates = new(
        ValueKind.Rate, "a rate of 1/d to 100000/s, such as 50/s, 1000/m, 20000/h, 200000/d, or a list of them with different units",
        "messages", text => text.Length > 0 && RateList.TryParse(text, out var rates) && !rates.IsNone ? rates.ToString() : null);

    private static readonly ValueRule OneRate = new(
        ValueKind.Rate, "a rate of 1/h to 100000/s, such as 10/s, 100/m", "connections",
        text => Rate.TryParse(text, out var rate) && !rate.IsNone ? rate.ToString() : null);

    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigurationKey> All =>
    [
        new("Providers:#:Name", Text("1 to 32 letters, digits, - and _", Name), "orange", "Name of the provider, unique; in lower case.")
        {
            Required = true,
        },
        new("Providers:#:Mx", Hosts, ".orange.fr",
            "Mail hosts of the provider: a site belongs to the first provider that has all hosts of the site.")
        {
            Required = true, IsJoined = true,
        },
        .. Limits("Providers:#", " of one site of the provider"),
        new("Destinations:#:Mx", OrEmpty(Hosts), "mx.example.net",
            "Mail hosts: the entry applies to sites that have no other hosts. Empty: to all sites.") { IsJoined = true },
        new("Destinations:#:Domain", Text("*, *.suffix or a domain name, or empty",
            text => text.Length == 0 ? text : TextForms.DomainPattern(text)), "*.example.org",
            "Domains of recipients: the entry applies to their mail alone, and sets nothing that belongs to connections."),
        new("Destinations:#:Source", Text("a part of the source in the id of a destination, or empty", Source), "192.0.2.1",
            "Source: an address or the EHLO name from which mail leaves. Empty: all sources."),
        .. Limits("Destinations:#", ""),
    ];

    /// <summary>The error lines for combinations of values.</summary>
    public static IEnumerable<string> Check(DeliverySections options)
    {
        foreach (var (index, provider) in options.Providers.Index())
        {
            var first = options.Providers.Index().First(other => other.Item.Name == provider.Name).Index;
            if (first < index)
            {
                yield return $"Providers:{index}:Name is '{provider.Name}', as is Providers:{first}:Name; "
                    + "allowed: a name that no other provider has";
            }
        }

        foreach (var (index, entry) in options.Destinations.Index())
        {
            var path = $"Destinations:{index}";
            if (entry.Mx.Length + entry.Domain.Length + entry.Source.Length == 0)
                yield return $"{path} has none of Mx, Domain and Source; allowed: one or more, which say where the entry applies";
            if (entry.Domain.Length == 0) continue;
            foreach (var (key, text) in entry.Given())
            {
                if (!ShapingMerge.OfDomain.Contains(key))
                {
                    yield return $"{path}:{key} is '{text}', and the entry has a Domain; "
                        + $"allowed: {string.Join(", ", ShapingMerge.OfDomain)}, since the other limits are "
                        + "of connections, which all domains of a site share";
                }
                else if (key == nameof(ShapingOptions.Tls) && text is "none" or "opportunistic")
                {
                    yield return $"{path}:Tls is '{text}', and the entry has a Domain; allowed: require, verify or null, "
                        + "since the domains of a site share its connections";
                }
            }
        }
    }

    private static IEnumerable<ConfigurationKey> Limits(string list, string of) =>
    [
        Limit(list, "MaxConnections", Number(1, 10_000, "connections"), "5", $"Maximum connections at a time{of}, over the whole cluster."),
        Limit(list, "MaxConnectionRate", OneRate, "100/m", $"Maximum rate at which connections{of} are opened, over the whole cluster."),
        Limit(list, "MaxMessagesPerConnection", Number(1, 1_000_000, "messages"), "20", "Messages after which a connection is closed."),
        Limit(list, "MaxRecipientsPerTransaction", Number(1, 1000, "recipients"), "50", "Maximum recipients of one transaction."),
        Limit(list, "MaxRate", Rates, "20/s, 200000/d",
            $"Maximum rates of messages{of}, over the whole cluster; all of them hold. A rate with /d is a number in each day of UTC.") with
        {
            IsJoined = true,
        },
        Limit(list, "MaxSize", Size("1KB", "2GB"), "20MB", "Largest message; a larger one is returned."),
        Limit(list, "Hours", Text(
            "HH:MM-HH:MM and a time zone, such as 08:00-20:00 Europe/Berlin", text => SendingHours.TryParse(text)?.ToString()),
            "08:00-20:00 Europe/Berlin", "Hours of the day in which mail is sent; without a zone in UTC."),
        Limit(list, "Tls", Choice(RouteTls.Auto), "verify", "TLS requirement of routes that have none."),
        Limit(list, "IdleConnection", Dialogue, "2s", "Time after which an idle connection is closed."),
        Limit(list, "ConnectTimeout", Dialogue, "10s", "For the TCP connection, each address."),
        Limit(list, "GreetingTimeout", Dialogue, "1m", "For the greeting."),
        Limit(list, "CommandTimeout", Dialogue, "1m", "For the replies to EHLO, HELO, MAIL and RCPT."),
        Limit(list, "DataStartTimeout", Dialogue, "1m", "For the reply to DATA."),
        Limit(list, "DataBlockTimeout", Dialogue, "1m", "For the host to accept each block of content."),
        Limit(list, "DataEndTimeout", Dialogue, "15m", "For the reply to the final dot; a shorter time causes duplicates."),
    ];

    private static ConfigurationKey Limit(string list, string name, ValueRule rule, string example, string meaning) =>
        new($"{list}:{name}", OrNull(rule), example, meaning) { IsNullable = true };

    private static string? Name(string text) =>
        text.Length is > 0 and <= 32 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? text.ToLowerInvariant() : null;

    private static string? Source(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || "-._:#~".Contains(c)) ? text.ToLowerInvariant() : null;

    private static ValueRule OrEmpty(ValueRule rule) => rule with
    {
        Allowed = $"{rule.Allowed}, or empty",
        Normalize = text => text.Trim().Length == 0 ? "" : rule.Normalize(text),
    };

    // The texts stay texts: an entry that does not set a limit (an empty text) differs from one that takes it back.
    private static ValueRule OrNull(ValueRule rule) => new(
        ValueKind.Text, $"{rule.Allowed}, or null", rule.Unit,
        text => text.Trim() is var trimmed && trimmed is "" or ShapingOptions.Unset ? trimmed : rule.Normalize(text));
}

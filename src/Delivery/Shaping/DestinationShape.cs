using System.Globalization;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Shaping;

/// <summary>
/// The limits of one destination by the sections <c>Providers</c> and <c>Destinations</c>: of its connections, and of the mail for each of
/// its domains. Made by <see cref="ShapingTable"/>. Immutable; thread-safe; pure.
/// </summary>
internal sealed class DestinationShape : IDomainRules, IConnectionLimits
{
    private static readonly IReadOnlyDictionary<string, ShapedValue> Nothing = new Dictionary<string, ShapedValue>();

    private readonly IReadOnlyList<ShapingLayer> _provider;
    private readonly IReadOnlyList<ShapingEntry> _entries;
    private readonly IReadOnlyDictionary<string, ShapedValue> _site;
    private readonly bool _hasDomains;
    private readonly DomainLimits _limits;

    /// <param name="name">The name of the provider; empty for none.</param>
    /// <param name="provider">The limits of the provider, or none.</param>
    /// <param name="entries">The entries that apply to the site and its source, the weakest first.</param>
    public DestinationShape(string name, IReadOnlyList<ShapingLayer> provider, IReadOnlyList<ShapingEntry> entries)
    {
        (Provider, _provider, _entries) = (name, provider, entries);
        _hasDomains = entries.Any(entry => entry.HasDomain);
        _site = provider.Count + entries.Count == 0 ? Nothing
            : ShapingMerge.Merge(Nothing, provider.Concat(entries.Where(entry => !entry.HasDomain).Select(entry => entry.Layer)));
        _limits = LimitsOf(_site, null);
    }

    /// <summary>The shape without any limit.</summary>
    public static DestinationShape None { get; } = new("", [], []);

    /// <summary>The name of the provider; empty for none.</summary>
    public string Provider { get; }

    /// <summary>The egress of a connection. A route that demands more than opportunistic TLS, or none, says so on purpose.</summary>
    public Egress Apply(Egress egress) => egress with
    {
        Limits = this,
        Tls = egress.Tls == TlsMode.Opportunistic
            ? Find("Tls", text => Enum.Parse<TlsMode>(text, ignoreCase: true)) ?? egress.Tls : egress.Tls,
    };

    /// <summary>The key that set a limit of the destination; null if no entry did.</summary>
    public string? SettingOf(string key) => _site.TryGetValue(key, out var value) ? value.Setting : null;

    /// <inheritdoc/>
    public TimeSpan? ConnectTimeout => Find("ConnectTimeout", Time);

    /// <summary>The rules of the destination.</summary>
    /// <param name="rules">The rules by section <c>Delivery</c>.</param>
    public DestinationRules Apply(DestinationRules rules)
    {
        if (_site.Count == 0 && !_hasDomains) return rules;
        var rates = Find("MaxRate", Rates);
        return rules with
        {
            MaxConnections = Find("MaxConnections", Number) ?? rules.MaxConnections,
            MaxConnectionRate = Find("MaxConnectionRate", OneRate) ?? rules.MaxConnectionRate,
            MaxMessages = Find("MaxMessagesPerConnection", Number) ?? rules.MaxMessages,
            MaxRecipients = _limits.MaxRecipients ?? rules.MaxRecipients,
            MaxRate = rates is { } given ? RateList.Of(given.Rates.Where(rate => !IsDaily(rate))) : rules.MaxRate,
            MaxPerDay = rates is { } list ? list.Rates.FirstOrDefault(IsDaily) : rules.MaxPerDay,
            IdleConnection = Find("IdleConnection", Time) ?? rules.IdleConnection,
            Hours = _limits.Hours ?? rules.Hours,
            Domains = _hasDomains ? this : null,
        };
    }

    /// <inheritdoc/>
    public DeliveryOptions Apply(DeliveryOptions options) => _site.Count == 0 ? options : options with
    {
        MaxRecipientsPerTransaction = _limits.MaxRecipients ?? options.MaxRecipientsPerTransaction,
        Timeouts = options.Timeouts with
        {
            Connect = ConnectTimeout ?? options.Timeouts.Connect,
            Greeting = Find("GreetingTimeout", Time) ?? options.Timeouts.Greeting,
            Command = Find("CommandTimeout", Time) ?? options.Timeouts.Command,
            DataStart = Find("DataStartTimeout", Time) ?? options.Timeouts.DataStart,
            DataBlock = Find("DataBlockTimeout", Time) ?? options.Timeouts.DataBlock,
            DataEnd = Find("DataEndTimeout", Time) ?? options.Timeouts.DataEnd,
        },
    };

    /// <inheritdoc/>
    public DomainLimits LimitsOf(string domain) => _hasDomains ? LimitsOf(MergedFor(domain), _site) : _limits;

    /// <inheritdoc/>
    DomainRules IDomainRules.Of(string domain, int maxRecipients)
    {
        var limits = LimitsOf(domain);
        return new DomainRules(limits.MaxRecipients ?? maxRecipients, limits.Hours);
    }

    /// <summary>The limits in force with the keys that set them, over those of section <c>Delivery</c>.</summary>
    /// <param name="options">The options of section <c>Delivery</c>.</param>
    /// <param name="domain">The domain of the mail; null for the limits of the site alone.</param>
    public IReadOnlyList<EffectiveLimit> Explain(DeliveryOptions options, string? domain)
    {
        var merged = domain is null ? _site : MergedFor(domain);
        List<EffectiveLimit> limits = [];
        foreach (var (key, name, text, setting) in Defaults(options))
        {
            var (value, from) = merged.TryGetValue(key, out var shaped) ? (shaped.Text, shaped.Setting) : (text, setting);
            if (value.Length > 0) limits.Add(new EffectiveLimit(name, value, from));
        }

        return limits;
    }

    private static IEnumerable<(string Key, string Name, string Text, string Setting)> Defaults(DeliveryOptions options)
    {
        yield return ("MaxConnections", "connections", Write(options.MaxConnectionsPerSite), "Delivery:MaxConnectionsPerSite");
        yield return ("MaxRate", "rate", options.MaxRatePerSite.ToString(), "Delivery:MaxRatePerSite");
        yield return ("MaxConnectionRate", "connectionRate", "", "");
        yield return ("MaxMessagesPerConnection", "messagesPerConnection", Write(options.MaxMessagesPerConnection),
            "Delivery:MaxMessagesPerConnection");
        yield return ("MaxRecipientsPerTransaction", "recipientsPerTransaction", Write(options.MaxRecipientsPerTransaction),
            "Delivery:MaxRecipientsPerTransaction");
        yield return ("MaxSize", "size", "", "");
        yield return ("Hours", "hours", "", "");
        yield return ("Tls", "tls", "", "");
        yield return ("IdleConnection", "idleConnection", Durations.Format(options.IdleConnection), "Delivery:IdleConnection");
        foreach (var (name, time) in new[]
        {
            ("Connect", options.Timeouts.Connect), ("Greeting", options.Timeouts.Greeting), ("Command", options.Timeouts.Command),
            ("DataStart", options.Timeouts.DataStart), ("DataBlock", options.Timeouts.DataBlock), ("DataEnd", options.Timeouts.DataEnd),
        })
        {
            yield return ($"{name}Timeout", $"{char.ToLowerInvariant(name[0])}{name[1..]}Timeout", Durations.Format(time),
                $"Delivery:Timeouts:{name}");
        }
    }

    private IReadOnlyDictionary<string, ShapedValue> MergedFor(string domain) => !_hasDomains ? _site : ShapingMerge.Merge(
        Nothing, _provider.Concat(_entries.Where(entry => !entry.HasDomain || entry.AppliesTo(domain)).Select(entry => entry.Layer)));

    // A demand of the domain on TLS is kept for each message; that of the site is a property of its connections.
    private static DomainLimits LimitsOf(
        IReadOnlyDictionary<string, ShapedValue> values, IReadOnlyDictionary<string, ShapedValue>? site) => new(
            Find(values, "MaxRecipientsPerTransaction", Number),
            values.TryGetValue("MaxSize", out var size) && ByteSize.TryParse(size.Text, out var bytes) ? bytes : null,
            values.TryGetValue("Hours", out var hours) ? SendingHours.TryParse(hours.Text) : null,
            site is not null && values.TryGetValue("Tls", out var tls) && (!site.TryGetValue("Tls", out var common) || common != tls)
                ? Enum.Parse<TlsMode>(tls.Text, ignoreCase: true) : null);

    private T? Find<T>(string key, Func<string, T> parse) where T : struct => Find(_site, key, parse);

    private static T? Find<T>(IReadOnlyDictionary<string, ShapedValue> values, string key, Func<string, T> parse) where T : struct =>
        values.TryGetValue(key, out var value) ? parse(value.Text) : null;

    private static bool IsDaily(Rate rate) => rate.Period == TimeSpan.FromDays(1);

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Write(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static Rate OneRate(string text) => Rate.TryParse(text, out var rate) ? rate : Rate.None;

    private static RateList Rates(string text) => RateList.TryParse(text, out var rates) ? rates : RateList.None;

    private static TimeSpan Time(string text) => Durations.TryParse(text, out var time) ? time : throw new FormatException(text);
}

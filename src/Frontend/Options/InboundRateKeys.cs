using Postfleet.Configuration;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Frontend.Options;

/// <summary>The keys and checks of <c>Inbound:Rates</c>.</summary>
internal static class InboundRateKeys
{
    /// <summary>The most rules: each is looked at for each recipient.</summary>
    public const int MaxRates = 20;

    private const int MaxText = 200;

    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigurationKey> All { get; } =
    [
        new("Inbound:Rates:#:Count", Choice<RateCount>(), "recipients", "What a rate of strangers counts."),
        new("Inbound:Rates:#:By", Choice<RateSubject>(), "network",
            "For whom it counts: the client's address, its network (a /24 of IPv4, a /48 of IPv6), the domain of the sender, or the "
            + "recipient."),
        new("Inbound:Rates:#:Rate", Text(RateText.Allowed, RateText.Normalize), "5/s 1000/h",
            "The most over all nodes, in each of these times.")
        {
            Required = true,
        },
        new("Inbound:Rates:#:Text", Text($"up to {MaxText} characters of printable ASCII, or empty", Printable), "Please send less mail",
            "Text of the reply; empty for one that names what was counted."),
    ];

    /// <summary>The forbidden combinations.</summary>
    public static IEnumerable<string> Check(IReadOnlyList<RateOptions> rates)
    {
        if (rates.Count > MaxRates) yield return $"Inbound:Rates has {rates.Count} rates; allowed: {MaxRates}";
        foreach (var (index, rate) in rates.Index())
        {
            if (rate is { Count: RateCount.Connections, By: not (RateSubject.Address or RateSubject.Network) })
            {
                yield return $"Inbound:Rates:{index}:By is '{TextForms.Write(rate.By)}'; " +
                    $"allowed: address or network, since Inbound:Rates:{index}:Count is 'connections'";
            }

            var first = rates.Index().First(other => other.Item.Count == rate.Count && other.Item.By == rate.By).Index;
            if (first < index)
            {
                yield return $"Inbound:Rates:{index} counts what Inbound:Rates:{first} counts, by the same; " +
                    $"allowed: all its rates in Inbound:Rates:{first}:Rate";
            }
        }
    }

    private static string? Printable(string text) => text.Length <= MaxText && text.All(c => c is >= ' ' and <= '~') ? text : null;
}

using System.Diagnostics.Metrics;

namespace Postfleet.Admin.Metrics;

/// <summary>
/// The gauge of messages by domain. Only the domains with the most messages have series. The
/// OpenTelemetry SDK remembers every value of a label for as long as the meter lives, and merges values beyond 2,000, so the meter is
/// replaced after <see cref="MaxNames"/> names. Collections use it in turn.
/// </summary>
internal sealed class DomainGauge : IDisposable
{
    /// <summary>The maximum number of names of a meter.</summary>
    public const int MaxNames = 1000;

    private const string Other = "other";

    private readonly Func<NodeSums> _sums;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private Meter _meter;

    public DomainGauge(Func<NodeSums> sums)
    {
        _sums = sums;
        _meter = NewMeter();
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>Makes space for the names of the next reading. Not to be called during a collection.</summary>
    public void Renew()
    {
        var domains = _sums().Domains;
        var isFull = _names.Count + domains.Count > MaxNames;
        if (isFull)
        {
            _names.Clear();
            _meter.Dispose();
            _meter = NewMeter();
        }

        foreach (var (domain, _) in domains) _names.Add(domain);
    }

    private Meter NewMeter()
    {
        var meter = new Meter(NodeGauges.MeterName + ".Domains");
        meter.CreateObservableGauge(
            "postfleet.domain.messages", Observe, "{message}", "Messages in the queues of the domains that have the most.");
        return meter;
    }

    private IEnumerable<Measurement<long>> Observe()
    {
        var sums = _sums();
        foreach (var (domain, messages) in sums.Domains) yield return new(messages, new KeyValuePair<string, object?>("domain", domain));
        yield return new(sums.OtherDomains, new KeyValuePair<string, object?>("domain", Other));
    }
}

using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Greylisting;
using Postfleet.Contracts.Receiving;
using Postfleet.Dns;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rates;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend.Screening;

/// <summary>
/// Makes the checks of whether mail of strangers is wanted, in their order. Strangers are clients outside of the trusted networks that have
/// not authenticated. Immutable.
/// </summary>
/// <param name="Rules">Section <c>Inbound</c>.</param>
/// <param name="Lists">The access lists; null without files.</param>
/// <param name="Lookup">The resolver for names of clients and for SPF; null where there is none.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The module's log.</param>
/// <param name="Budget">Limits the log lines.</param>
internal sealed record StrangerServices(
    InboundOptions Rules, AccessFiles? Lists, IDnsLookup? Lookup, TimeProvider Time, ILogger Logger, LogBudget Budget)
{
    /// <summary>The registered checks with those of this module before them.</summary>
    public SessionChecks Before(SessionChecks registered)
    {
        var access = Lists is null ? null : new AccessCheck(Lists, Lookup, Time, Logger, Budget);
        var rates = Rates is null ? null : new RateCheck(Rates, Logger, Budget);
        var lists = NewDnsListCheck();
        var greylist = Greylist is null || Rules.Greylisting.Delay == TimeSpan.Zero ? null
            : new GreylistCheck(Rules.Greylisting, Greylist, Lookup, Hostname, Time);
        return registered with
        {
            Connect = [.. Some<ISessionCheck<ConnectSubject>>(rates, lists), .. registered.Connect],
            Recipient = [.. Some<ISessionCheck<RecipientSubject>>(access, rates, lists, greylist), .. registered.Recipient],
            Data = [.. Some<ISessionCheck<DataSubject>>(lists), .. registered.Data],
        };
    }

    /// <summary>The resolver for DNS lists; null for no lists.</summary>
    public IDnsLookup? ListLookup { get; init; }

    /// <summary>The rates of strangers; null for none.</summary>
    public InboundRates? Rates { get; init; }

    /// <summary>What greylisting has seen in the cluster; null where it is not known.</summary>
    public IGreylist? Greylist { get; init; }

    /// <summary>The host name of this node.</summary>
    public string Hostname { get; init; } = "localhost";

    private static IEnumerable<T> Some<T>(params IEnumerable<T?> checks) where T : class => checks.OfType<T>();

    private DnsListCheck? NewDnsListCheck() => ListLookup is null || Rules.DnsLists.Count == 0 ? null : new DnsListCheck(
        new DnsListSet([.. Rules.DnsLists.Select(list => new DnsList(list, ListLookup, Time, Logger))], Rules.DnsListTime, Time),
        Rules.DnsListThreshold, Rules.DnsListScore, Rules.DnsListTime);
}

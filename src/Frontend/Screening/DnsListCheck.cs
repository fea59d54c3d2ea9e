using System.Globalization;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Screening;

/// <summary>
/// Refuses the recipients of strangers whose listings in DNS lists weigh as much as the threshold, and writes the weight into a header
/// field by option. The lists of addresses are asked when the session begins, so that their answers are usually there at RCPT. The DNS
/// never refuses mail by its failure. Called by the session's machine; one object serves all sessions.
/// </summary>
/// <param name="lists">The lists.</param>
/// <param name="threshold">The weight from which recipients are refused.</param>
/// <param name="writesScore">Whether messages get a field with their weight.</param>
/// <param name="limit">The time for all answers.</param>
internal sealed class DnsListCheck(DnsListSet lists, int threshold, bool writesScore, TimeSpan limit)
    : ISessionCheck<ConnectSubject>, ISessionCheck<RecipientSubject>, ISessionCheck<DataSubject>
{
    // The answers have a limit of their own.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public string Name => "dns lists";

    /// <inheritdoc/>
    public TimeSpan Budget => limit + Margin;

    /// <summary>Trouble must not keep mail away.</summary>
    public Verdict WhenFailed => Verdict.Accept;

    /// <inheritdoc/>
    public bool AppliesTo(ListenerProfile listener) => listener.Checks.HasFlag(ListenerChecks.DnsLists);

    /// <inheritdoc/>
    public Verdict? Judge(ConnectSubject subject)
    {
        if (StrangerFacts.IsStranger(subject.Session)) FactsOf(subject.Session).Begin(subject.Session.Client);
        return Verdict.Accept;
    }

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject)
    {
        var session = subject.Session;
        if (!StrangerFacts.MayBeUnwanted(subject)) return Verdict.Accept;
        var facts = FactsOf(session);
        return facts.IsComplete(session.ClientName, SenderOf(session)) ? Decide(session, facts) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken)
    {
        var session = subject.Session;
        var facts = FactsOf(session);
        facts.Begin(session.Client, session.ClientName, SenderOf(session));
        await facts.WaitAsync(cancellationToken);
        return Decide(session, facts);
    }

    /// <inheritdoc/>
    public Verdict? Judge(DataSubject subject)
    {
        if (!writesScore || !StrangerFacts.IsStranger(subject.Session)) return Verdict.Accept;
        var session = subject.Session;
        var listings = FactsOf(session).Known(session.ClientName, SenderOf(session)).ToList();
        return listings.Count == 0 ? Verdict.Accept : Verdict.AcceptWith(ScoreHeader.FieldName, Describe(listings));
    }

    private ListingFacts FactsOf(ISessionView session) => StrangerFacts.Of(session).Listings ??= new ListingFacts(lists);

    private static string SenderOf(ISessionView session) => session.ReversePath?.Domain.Value ?? "";

    private Verdict Decide(ISessionView session, ListingFacts facts)
    {
        var score = 0;
        Listing? worst = null;
        foreach (var listing in facts.Known(session.ClientName, SenderOf(session)))
        {
            score += listing.Weight;
            if (listing.Weight > (worst?.Weight ?? 0)) worst = listing;
        }

        if (worst is null || score < threshold) return Verdict.Accept;
        FrontendMetrics.Screened("dns-lists", "refused");
        var what = worst.Kind switch
        {
            DnsListKind.Address => $"client {session.Client}",
            DnsListKind.Helo => $"name {session.ClientName}",
            _ => $"sender domain {SenderOf(session)}",
        };
        var text = worst.Text.Length == 0 ? "" : $"; {worst.Text}";
        return Verdict.Refuse($"550 5.7.1 The {what} is listed by {worst.Name}{text}");
    }

    private static string Describe(IReadOnlyList<Listing> listings) => string.Create(
        CultureInfo.InvariantCulture,
        $"{listings.Sum(listing => listing.Weight)};{string.Concat(listings.Select(listing => $"\r\n {listing.Name}={listing.Weight}"))}");
}

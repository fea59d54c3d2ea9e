using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Dns;

namespace Postfleet.Authentication.Spf;

/// <summary>
/// Checks whether a client may send mail for a domain (RFC 7208). Lookups are bounded: at most 10 terms of records, 10 MX hosts or PTR
/// names for each, 2 lookups of terms without records; a record has at most 4,096 octets. Thread-safe; called by the SMTP server and by
/// tools.
/// </summary>
public sealed class SpfEvaluator(IDnsLookup dns)
{
    /// <summary>The maximum length of an explanation: a line of a reply has at most 512 octets (RFC 5321 section 4.5.3.1.5).</summary>
    private const int MaxExplanation = 400;

    private const int MaxName = 253;
    private const int MaxLabel = 63;

    /// <summary>
    /// Checks the reverse-path, or for the null reverse-path the name in HELO (RFC 7208 section 2.4). An error of DNS is a result.
    /// </summary>
    /// <param name="request">The client.</param>
    /// <param name="now">The time, for explanations.</param>
    /// <param name="cancellation">Ends the check; the caller bounds the time of it (RFC 7208 section 4.6.4: at least 20 s).</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public ValueTask<SpfOutcome> CheckAsync(SpfRequest request, DateTimeOffset now, CancellationToken cancellation)
    {
        if (request.ReversePath.Length == 0) return CheckHeloAsync(request, now, cancellation);
        var at = request.ReversePath.LastIndexOf('@');
        return CheckAsync(SpfIdentity.MailFrom, at > 0 ? request.ReversePath[..at] : "", request.ReversePath[(at + 1)..], request, now,
            cancellation);
    }

    /// <summary>Checks the name in HELO (RFC 7208 section 2.3).</summary>
    /// <inheritdoc cref="CheckAsync(SpfRequest, DateTimeOffset, CancellationToken)"/>
    public ValueTask<SpfOutcome> CheckHeloAsync(SpfRequest request, DateTimeOffset now, CancellationToken cancellation) =>
        CheckAsync(SpfIdentity.Helo, "", request.Helo, request, now, cancellation);

    private async ValueTask<SpfOutcome> CheckAsync(
        SpfIdentity identity, string localPart, string domain, SpfRequest request, DateTimeOffset now, CancellationToken cancellation)
    {
        if (domain.EndsWith('.')) domain = domain[..^1];
        // RFC 8616 section 4: U-labels are looked up as A-labels.
        if (!Ascii.IsValid(domain) && DomainName.TryParse(domain, out var name)) domain = name.Value;
        if (!IsDomain(domain)) return new SpfOutcome(SpfResult.None, identity, SpfText.Clean(domain));
        var client = request.Client.IsIPv4MappedToIPv6 ? request.Client.MapToIPv4() : request.Client;
        // RFC 7208 section 4.3: the local-part of a sender without one is postmaster.
        var subject = new SpfSubject(client, localPart.Length > 0 ? localPart : "postmaster", domain, request.Helo, request.Receiver, now);
        var lookups = new SpfLookups(dns, subject);
        var check = new SpfCheck(subject, lookups, new SpfMacroExpander(subject, lookups));
        var verdict = await check.EvaluateAsync(domain, cancellation);
        return new SpfOutcome(verdict.Result, identity, domain)
        {
            Mechanism = verdict.Mechanism is null ? null : SpfText.Clean(verdict.Mechanism),
            Explanation = verdict.Result == SpfResult.Fail ? await check.ExplainAsync(verdict, MaxExplanation, cancellation) : null,
            Problem = verdict.Problem,
            Lookups = Math.Min(lookups.Terms, SpfLookups.MaxTerms),
        };
    }

    // RFC 7208 section 4.3: no check of a malformed name, of an address literal, or of a name with one label.
    private static bool IsDomain(string domain)
    {
        if (domain.Length > MaxName || domain.StartsWith('[')) return false;
        var labels = domain.Split('.');
        return labels.Length > 1 && labels.All(label => label.Length is >= 1 and <= MaxLabel)
            && !domain.AsSpan().ContainsAnyExceptInRange('!', '~');
    }
}

using Postfleet.Dns;

namespace Postfleet.Authentication.Spf;

/// <summary>The end of the evaluation of a domain.</summary>
/// <param name="Result">The result.</param>
/// <param name="Mechanism">The directive that matched, or <c>default</c>.</param>
/// <param name="Problem">The cause of an error.</param>
internal readonly record struct SpfVerdict(SpfResult Result, string? Mechanism, string? Problem)
{
    /// <summary>The domain-spec of the explanation, if the record has one.</summary>
    public SpfMacroString? Explanation { get; init; }

    /// <summary>The domain whose record has the explanation: after a redirect not the checked domain.</summary>
    public string Domain { get; init; } = "";

    public static SpfVerdict TempError(string problem) => new(SpfResult.TempError, null, problem);

    public static SpfVerdict PermError(string problem) => new(SpfResult.PermError, null, problem);
}

/// <summary>Evaluates the records of domains for one client: the function check_host of RFC 7208 section 4. Used once.</summary>
internal sealed class SpfCheck(SpfSubject subject, SpfLookups lookups, SpfMacroExpander macros)
{
    private static readonly SpfVerdict TooManyTerms = SpfVerdict.PermError($"more than {SpfLookups.MaxTerms} terms need lookups");
    private static readonly SpfVerdict TooManyVoid =
        SpfVerdict.PermError($"more than {SpfLookups.MaxVoid} lookups found no records");

    private static readonly SpfVerdict Matched = new(SpfResult.Pass, null, null);
    private static readonly SpfVerdict NotMatched = new(SpfResult.Neutral, null, null);

    /// <summary>The result for a domain. The recursion by <c>include</c> is bounded by the number of terms that need lookups.</summary>
    public async ValueTask<SpfVerdict> EvaluateAsync(string domain, CancellationToken cancellation)
    {
        for (var isRedirected = false; ; isRedirected = true)
        {
            var (record, verdict) = await FindRecordAsync(domain, cancellation);
            if (record is null)
            {
                // RFC 7208 section 6.1: a redirect to a domain without a record is an error.
                return isRedirected && verdict.Result == SpfResult.None
                    ? SpfVerdict.PermError($"the redirect leads to {SpfText.Clean(domain)}, which publishes no record") : verdict;
            }

            foreach (var directive in record.Directives)
            {
                var match = await MatchAsync(directive, domain, cancellation);
                if (match.Result == SpfResult.Neutral) continue;
                return match.Result == SpfResult.Pass
                    ? new SpfVerdict(directive.Qualifier, directive.Text, null) { Explanation = record.Explanation, Domain = domain }
                    : match with { Mechanism = directive.Text };
            }

            if (record.Redirect is null) return new SpfVerdict(SpfResult.Neutral, "default", null);
            if (!lookups.CountTerm()) return TooManyTerms;
            domain = await macros.ExpandNameAsync(record.Redirect, domain, cancellation);
        }
    }

    /// <summary>
    /// The explanation of a failure (RFC 7208 section 6.2), with unprintable characters replaced; null without a usable one.
    /// </summary>
    public async ValueTask<string?> ExplainAsync(SpfVerdict verdict, int maxLength, CancellationToken cancellation)
    {
        if (verdict.Explanation is null) return null;
        var name = await macros.ExpandNameAsync(verdict.Explanation, verdict.Domain, cancellation);
        var answer = await lookups.TextAsync(name, cancellation);
        if (answer.Status != DnsStatus.Found || answer.Records is not [{ Length: <= SpfRecordParser.MaxLength } text]) return null;
        return SpfMacroString.ParseExplanation(text) is { } parsed
            ? SpfText.Clean(await macros.ExpandAsync(parsed, verdict.Domain, cancellation), maxLength) : null;
    }

    private async ValueTask<(SpfRecord? Record, SpfVerdict Verdict)> FindRecordAsync(string domain, CancellationToken cancellation)
    {
        var answer = await lookups.TextAsync(domain, cancellation);
        if (answer.Status == DnsStatus.Failed)
            return (null, SpfVerdict.TempError($"the record of {SpfText.Clean(domain)} cannot be looked up"));
        string? text = null;
        foreach (var record in answer.Records.Where(SpfRecordParser.IsRecord))
        {
            if (text is not null) return (null, SpfVerdict.PermError($"{SpfText.Clean(domain)} publishes several records"));
            text = record;
        }

        if (text is null) return (null, default);
        var parsed = SpfRecordParser.Parse(text, out var problem);
        return (parsed, parsed is null ? SpfVerdict.PermError($"{SpfText.Clean(domain)}: {problem}") : default);
    }

    // The result is Pass for a match, Neutral for none, or one of the errors.
    private async ValueTask<SpfVerdict> MatchAsync(SpfDirective directive, string domain, CancellationToken cancellation)
    {
        switch (directive.Mechanism)
        {
            case SpfMechanism.All: return Matched;
            case SpfMechanism.Ip4: return Match(subject.IsIn(directive.Network!, directive.Prefix4));
            case SpfMechanism.Ip6: return Match(subject.IsIn(directive.Network!, directive.Prefix6));
        }

        if (!lookups.CountTerm()) return TooManyTerms;
        var target = directive.Domain is null ? domain : await macros.ExpandNameAsync(directive.Domain, domain, cancellation);
        return directive.Mechanism switch
        {
            SpfMechanism.Include => await IncludeAsync(target, cancellation),
            SpfMechanism.A => await MatchAddressesAsync(directive, target, cancellation),
            SpfMechanism.Mx => await MatchExchangersAsync(directive, target, cancellation),
            SpfMechanism.Ptr => Match(await lookups.HasNameInAsync(target, cancellation)),
            _ => await ExistsAsync(target, cancellation),
        };
    }

    // RFC 7208 section 5.2.
    private async ValueTask<SpfVerdict> IncludeAsync(string target, CancellationToken cancellation)
    {
        var verdict = await EvaluateAsync(target, cancellation);
        return verdict.Result switch
        {
            SpfResult.Pass => Matched,
            SpfResult.TempError or SpfResult.PermError => verdict,
            SpfResult.None => SpfVerdict.PermError($"the included domain {SpfText.Clean(target)} publishes no record"),
            _ => NotMatched,
        };
    }

    private async ValueTask<SpfVerdict> MatchAddressesAsync(SpfDirective directive, string target, CancellationToken cancellation)
    {
        var answer = await lookups.AddressesAsync(target, cancellation);
        if (answer.Status == DnsStatus.Failed) return NoAddresses(target);
        if (!lookups.CountVoid(answer.Status)) return TooManyVoid;
        return Match(answer.Records.Any(address => subject.IsIn(address, subject.IsV6 ? directive.Prefix6 : directive.Prefix4)));
    }

    private async ValueTask<SpfVerdict> MatchExchangersAsync(SpfDirective directive, string target, CancellationToken cancellation)
    {
        var answer = await lookups.MailExchangersAsync(target, cancellation);
        if (answer.Status == DnsStatus.Failed)
            return SpfVerdict.TempError($"the mail exchangers of {SpfText.Clean(target)} cannot be looked up");
        if (!lookups.CountVoid(answer.Status)) return TooManyVoid;
        if (answer.Records.Length > SpfLookups.MaxHosts)
            return SpfVerdict.PermError($"{SpfText.Clean(target)} has more than {SpfLookups.MaxHosts} mail exchangers");
        foreach (var host in answer.Records.Where(host => host.Length > 0))
        {
            var addresses = await lookups.AddressesAsync(host, cancellation);
            if (addresses.Status == DnsStatus.Failed) return NoAddresses(host);
            if (addresses.Records.Any(address => subject.IsIn(address, subject.IsV6 ? directive.Prefix6 : directive.Prefix4)))
                return Matched;
        }

        return NotMatched;
    }

    private async ValueTask<SpfVerdict> ExistsAsync(string target, CancellationToken cancellation)
    {
        var answer = await lookups.V4AddressesAsync(target, cancellation);
        if (answer.Status == DnsStatus.Failed) return NoAddresses(target);
        return lookups.CountVoid(answer.Status) ? Match(answer.Status == DnsStatus.Found) : TooManyVoid;
    }

    private static SpfVerdict Match(bool isMatch) => isMatch ? Matched : NotMatched;

    private static SpfVerdict NoAddresses(string name) =>
        SpfVerdict.TempError($"the addresses of {SpfText.Clean(name)} cannot be looked up");
}

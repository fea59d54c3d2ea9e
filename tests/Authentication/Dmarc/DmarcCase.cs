using Postfleet.Authentication.Dmarc;
using Postfleet.Core.Mail;
using Postfleet.Testing;

namespace Postfleet.Authentication.Tests.Dmarc;

/// <summary>A case of the tables: a message, the policy records, and what is expected.</summary>
/// <param name="Section">The section of RFC 9989 that the case shows.</param>
/// <param name="What">The behaviour in words.</param>
/// <param name="Zone">
/// Lines <c>domain: record</c>, each published at <c>_dmarc.domain</c>. <c>FAILS</c> is a failing lookup, <c>EXISTS</c> a domain with an
/// address.
/// </param>
/// <param name="Message"><c>from=</c>, <c>spf=</c> and <c>dkim=</c> with domains; a domain after <c>!</c> did not pass.</param>
/// <param name="Expected">The form of <see cref="Describe"/>, of which a part may be left out at the end.</param>
public sealed record DmarcCase(string Section, string What, string Zone, string Message, string Expected)
{
    /// <summary>The lookups of the evaluation.</summary>
    internal IReadOnlyCollection<string> Queries { get; private set; } = [];

    /// <summary>Evaluates the message.</summary>
    internal async Task<DmarcEvaluation> EvaluateAsync()
    {
        var zone = new ZoneDns();
        foreach (var line in Zone.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            var (domain, record) = (line[..colon], line[(colon + 2)..]);
            if (record == "EXISTS") zone.Address(domain, "192.0.2.1");
            else if (record == "FAILS") zone.Failing($"_dmarc.{domain}").Failing(domain, "A");
            else zone.Text($"_dmarc.{domain}", record);
        }

        var evaluation = await new DmarcEvaluator(zone).EvaluateAsync(Request(), CancellationToken.None);
        Queries = zone.Queries;
        return evaluation;
    }

    /// <summary>Result, policy, author domain, policy domain and tag, organizational domain, aligned mechanisms.</summary>
    internal static string Describe(DmarcEvaluation evaluation)
    {
        var outcome = evaluation.Authors.FirstOrDefault(
            each => each.Result == evaluation.Result && each.Policy == evaluation.Policy);
        var parts = new List<string> { evaluation.Result.ToString().ToLowerInvariant(), evaluation.Policy.ToString().ToLowerInvariant() };
        if (outcome?.PolicyTag is not null) parts.Add($"{outcome.PolicyDomain}/{outcome.PolicyTag}");
        if (outcome?.OrganizationalDomain is not null) parts.Add($"org={outcome.OrganizationalDomain}");
        if (outcome is { IsSpfAligned: true }) parts.Add("spf");
        if (outcome is { IsDkimAligned: true }) parts.Add("dkim");
        return string.Join(' ', parts);
    }

    public override string ToString() => $"{Section}: {What}";

    private DmarcRequest Request()
    {
        var fields = Message.Split(' ').Select(field => field.Split('=')).ToLookup(field => field[0], field => field[1]);
        List<DomainName> authors = [];
        foreach (var author in fields["from"])
        {
            if (!DomainName.TryParse(author, out var name)) throw new InvalidOperationException($"{author} is no domain");
            authors.Add(name);
        }

        return new DmarcRequest(
            authors, !fields.Contains("unreadable"), fields["spf"].Select(Identifier).Cast<DmarcIdentifier?>().FirstOrDefault(),
            [.. fields["dkim"].Select(Identifier)]);
    }

    private static DmarcIdentifier Identifier(string text) => new(text.TrimStart('!'), !text.StartsWith('!'));
}

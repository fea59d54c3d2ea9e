using Postfleet.Configuration;
using Postfleet.Core.Classification;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Operations.Options;

/// <summary>The keys of the sections for the entities of the whole cluster.</summary>
public sealed class OperationsConfiguration : ModuleConfiguration<OperationsSections>
{
    private const int MaxText = 200;

    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("DmarcReports:From", Text("a mail address, or empty", TextForms.EmptyOrMailbox), "dmarc-reports@example.org",
            "Address from which daily aggregate reports go to the domains whose mail came in (RFC 9990); empty for no reports."),
        new("DmarcReports:Organization", Text($"at most {MaxText} printable ASCII characters", Line), "Example Inc.",
            "Name of the reporting organization; empty for the domain of DmarcReports:From."),
        new("DmarcReports:Contact", Text($"at most {MaxText} printable ASCII characters", Line), "https://example.org/mail",
            "Further contact details in the reports, such as the address of a page."),
        new("DmarcReports:Except:#", Text("a domain name or *.suffix", TextForms.NameOrSuffix), "example.net",
            "Domains that get no reports."),
        new("DmarcReports:MaxSize", Size("10KB", "50MB"), "1MB",
            "Largest report before compression; rows with the fewest messages are left out beyond it."),

        new("Suppression:Enabled", Flag, "true", "Whether recipients on the suppression list get no mail."),
        new("Suppression:AtRecipient", Choice<SuppressedRecipientHandling>(), "refuse",
            "Answer to RCPT for a recipient on the list: accept it and record the outcome suppressed, or refuse it with 550 5.7.1."),
        new("Suppression:Rules:#:Class", Text("a class of docs/bounces.md", name => BounceClass.Find(name.ToLowerInvariant())?.Name),
            "unknown-user", "Class of failures that make an entry.") { Required = true },
        new("Suppression:Rules:#:Scope", Choice<SuppressionScope>(), "user",
            "Mail that the entry concerns: of the stream, of the user, or all mail."),
        new("Suppression:Rules:#:After", Number(1, 100, "messages"), "2", "Messages that must have failed."),
        new("Suppression:Rules:#:Within", Duration("1m", "90d"), "3d", "Longest time between two failures that are counted together."),
        new("Suppression:Rules:#:Expires", Duration("0s", "3650d"), "30d", "How long the entry has an effect; 0s for ever."),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reloaded { get; } = ["DmarcReports", "Suppression"];

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(OperationsSections options, CheckSurroundings surroundings) =>
        ListWarnings.Repeated("DmarcReports:Except", options.DmarcReports.Except)
            .Concat(options.Suppression.Rules.Select((rule, i) => Warn(rule, i)).OfType<string>());

    private static string? Warn(SuppressionRuleOptions rule, int index) =>
        BounceClass.Find(rule.Class)?.Scope is BounceScope.Recipient or BounceScope.Domain ? null
            : $"Suppression:Rules:{index}:Class is '{rule.Class}', whose failures say nothing about the recipient: it would get no mail " +
                "because of a message or a source";

    private static string? Line(string text) =>
        text.Length <= MaxText && !text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? text.Trim() : null;
}

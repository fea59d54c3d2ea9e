using Postfleet.Configuration;
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
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reloaded { get; } = ["DmarcReports"];

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(OperationsSections options, CheckSurroundings surroundings) =>
        ListWarnings.Repeated("DmarcReports:Except", options.DmarcReports.Except);

    private static string? Line(string text) =>
        text.Length <= MaxText && !text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? text.Trim() : null;
}

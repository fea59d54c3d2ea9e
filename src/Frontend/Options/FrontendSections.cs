namespace Postfleet.Frontend.Options;

/// <summary>The configuration sections of the SMTP server.</summary>
public sealed record FrontendSections
{
    /// <summary>Section <c>Listeners</c>.</summary>
    public IReadOnlyList<ListenerOptions> Listeners { get; init; } = [new ListenerOptions()];

    /// <summary>Section <c>Tls</c>.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>Section <c>Smtp</c>.</summary>
    public SmtpOptions Smtp { get; init; } = new();

    /// <summary>Section <c>Relay</c>.</summary>
    public RelayOptions Relay { get; init; } = new();

    /// <summary>Section <c>Auth</c>.</summary>
    public AuthOptions Auth { get; init; } = new();

    /// <summary>Section <c>Submission</c>.</summary>
    public SubmissionOptions Submission { get; init; } = new();

    /// <summary>Section <c>Inbound</c>.</summary>
    public InboundOptions Inbound { get; init; } = new();

    /// <summary>Section <c>Rewriting</c>.</summary>
    public RewritingOptions Rewriting { get; init; } = new();

    /// <summary>Section <c>Filters</c>.</summary>
    public IReadOnlyList<FilterOptions> Filters { get; init; } = [];
}

using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>The checks that are registered, stage by stage, each in the order of its registration.</summary>
internal sealed record SessionChecks
{
    public IReadOnlyList<ISessionCheck<ConnectSubject>> Connect { get; init; } = [];

    public IReadOnlyList<ISessionCheck<HelloSubject>> Hello { get; init; } = [];

    public IReadOnlyList<ISessionCheck<MailSubject>> Mail { get; init; } = [];

    /// <summary>Those behind the relay rule, which is always there.</summary>
    public IReadOnlyList<ISessionCheck<RecipientSubject>> Recipient { get; init; } = [];

    public IReadOnlyList<ISessionCheck<DataSubject>> Data { get; init; } = [];
}

using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>The registered checks of each stage, in the order of registration. Filled once, when the server is created.</summary>
internal sealed record SessionChecks
{
    public IReadOnlyList<ISessionCheck<ConnectSubject>> Connect { get; init; } = [];

    public IReadOnlyList<ISessionCheck<HelloSubject>> Hello { get; init; } = [];

    /// <summary>The checks behind the check of authentication.</summary>
    public IReadOnlyList<ISessionCheck<MailSubject>> Mail { get; init; } = [];

    /// <summary>The checks behind the relay rule.</summary>
    public IReadOnlyList<ISessionCheck<RecipientSubject>> Recipient { get; init; } = [];

    public IReadOnlyList<ISessionCheck<DataSubject>> Data { get; init; } = [];

    /// <summary>The checks of unknown commands.</summary>
    public IReadOnlyList<ISessionCheck<UnknownSubject>> Unknown { get; init; } = [];

    /// <summary>The checks that may change the message, behind all other checks.</summary>
    public IReadOnlyList<ISessionCheck<MessageSubject>> Message { get; init; } = [];
}

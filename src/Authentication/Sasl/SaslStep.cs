namespace Postfleet.Authentication.Sasl;

/// <summary>What an exchange needs next, or how it has ended.</summary>
public enum SaslStepKind
{
    /// <summary>The client gets <see cref="SaslStep.Challenge"/> and answers it.</summary>
    Challenge,

    /// <summary>
    /// The exchange needs the user <see cref="SaslStep.Name"/>: the driver looks the user up and calls <see cref="SaslExchange.Resume"/>.
    /// </summary>
    NeedsUser,

    /// <summary>
    /// The exchange has a token in <see cref="SaslStep.Token"/>: the driver validates it and calls
    /// <see cref="SaslExchange.ResumeToken"/>.
    /// </summary>
    NeedsToken,

    /// <summary>The client is authenticated as <see cref="SaslStep.Name"/>.</summary>
    Succeeded,

    /// <summary>The client is not authenticated, for <see cref="SaslStep.Failure"/>.</summary>
    Failed,
}

/// <summary>Why an exchange failed; for the choice of the reply (RFC 4954 section 6) and for metrics.</summary>
public enum SaslFailure
{
    /// <summary>Not failed.</summary>
    None,

    /// <summary>The password or token is wrong, or the user is unknown or disabled. The client cannot tell these apart.</summary>
    Credentials,

    /// <summary>The response is malformed.</summary>
    Malformed,

    /// <summary>The client wants to act as another user, which is not supported.</summary>
    Authorization,

    /// <summary>The client has bound the exchange to another TLS channel, or saw other mechanisms than were offered.</summary>
    ChannelBinding,
}

/// <summary>A step of an exchange.</summary>
/// <param name="Kind">What comes next.</param>
public readonly record struct SaslStep(SaslStepKind Kind)
{
    /// <summary>The octets for the client, before Base64; may be empty.</summary>
    public ReadOnlyMemory<byte> Challenge { get; init; }

    /// <summary>The normalised name of the user; empty where there is none.</summary>
    public string Name { get; init; } = "";

    /// <summary>The token; empty where there is none. A secret.</summary>
    public string Token { get; init; } = "";

    /// <summary>Why the exchange failed.</summary>
    public SaslFailure Failure { get; init; }

    /// <summary>The application password that was used; empty for the main one, and where unknown.</summary>
    public string ApplicationPassword { get; init; } = "";

    /// <summary>Shows neither token nor challenge.</summary>
    public override string ToString() => Failure == SaslFailure.None ? $"{Kind} {Name}".TrimEnd() : $"{Kind} ({Failure}) {Name}".TrimEnd();
}

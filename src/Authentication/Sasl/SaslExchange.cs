using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// The server's side of one authentication, a pure state machine: responses in, steps out. It belongs to one session, whose loop calls it.
/// Hashing of passwords takes time: the driver calls <see cref="Resume"/> where it may use a core for some milliseconds. An exchange
/// ends with <see cref="SaslStepKind.Succeeded"/> or <see cref="SaslStepKind.Failed"/>; further calls throw
/// <see cref="InvalidOperationException"/>.
/// </summary>
public abstract class SaslExchange
{
    /// <summary>The mechanism's name, in upper case.</summary>
    public abstract string Mechanism { get; }

    /// <summary>Handles a response of the client.</summary>
    /// <param name="response">The decoded response; null for AUTH without an initial response (RFC 4954 section 4). Never kept.</param>
    /// <param name="now">The time, for what expires.</param>
    public abstract SaslStep Next(ReadOnlyMemory<byte>? response, DateTimeOffset now);

    /// <summary>Continues behind <see cref="SaslStepKind.NeedsUser"/>.</summary>
    /// <param name="user">The user; null for none. An unknown user takes as long as a known one.</param>
    /// <param name="now">The time, for what expires.</param>
    public abstract SaslStep Resume(MailUser? user, DateTimeOffset now);

    /// <summary>Continues behind <see cref="SaslStepKind.NeedsToken"/>.</summary>
    /// <param name="name">The normalised name of the user whom the token stands for; null if the token is not valid.</param>
    public virtual SaslStep ResumeToken(string? name) => throw new InvalidOperationException($"{Mechanism} has no tokens");
}

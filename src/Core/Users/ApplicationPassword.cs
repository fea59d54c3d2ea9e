namespace Postfleet.Core.Users;

/// <summary>
/// A further password of a user, for one application or device. It can be withdrawn without a change of the others. Immutable.
/// </summary>
/// <param name="Name">The name, for the operator and the log; by the rule of <see cref="UserName"/>, unique within the user.</param>
/// <param name="Scram256">The verifier with SHA-256.</param>
/// <param name="Expires">From when the password is refused; null for never.</param>
public sealed record ApplicationPassword(string Name, ScramVerifier Scram256, DateTimeOffset? Expires);

using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>A verifier that a password is checked against.</summary>
/// <param name="Verifier">The verifier.</param>
/// <param name="Application">The name of the application password; empty for the main one.</param>
internal readonly record struct Candidate(ScramVerifier Verifier, string Application)
{
    /// <summary>
    /// The verifiers in force of a user with a name, with SHA-256: the main one and all application passwords, or the one that is named.
    /// </summary>
    public static List<Candidate> For(MailUser? user, SaslName name, DateTimeOffset now)
    {
        var candidates = new List<Candidate>();
        if (user is null) return candidates;
        if (name.Application.Length == 0 && user.Scram256 is { } main) candidates.Add(new Candidate(main, ""));
        foreach (var password in user.ApplicationPasswords.Take(MailUser.MaxApplicationPasswords))
        {
            if (password.Expires <= now) continue;
            if (name.Application.Length == 0 || name.Application == password.Name)
                candidates.Add(new Candidate(password.Scram256, password.Name));
        }

        return candidates;
    }
}

using System.Text;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp.Sasl;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// Authenticates to a host (RFC 4954) with the strongest mechanism that both sides support. Passwords are neither logged nor returned: a
/// failure is described in local words and with the host's masked reply. Used once per connection, by <see cref="SessionOpening"/>.
/// </summary>
/// <param name="channel">The session, ready for AUTH.</param>
/// <param name="credentials">The user and password.</param>
/// <param name="offered">The mechanisms offered by the host, in upper case.</param>
/// <param name="mayDisclose">Whether mechanisms disclosing the password to the host are allowed; otherwise only SCRAM is used.</param>
/// <param name="timeout">How long the host may take for each reply.</param>
internal sealed class Login(SmtpChannel channel, Credentials credentials, IReadOnlyList<string> offered, bool mayDisclose, TimeSpan timeout)
{
    /// <summary>The maximum number of challenges answered; SCRAM needs two.</summary>
    private const int MaxChallenges = 4;

    /// <summary>A longer file is not a password file, in characters.</summary>
    private const int MaxPassword = 1024;

    /// <summary>Runs the exchange. Null if the host accepted the credentials, otherwise the reason.</summary>
    public async ValueTask<string?> RunAsync(CancellationToken cancellationToken)
    {
        if (ReadPassword() is not { } password) return $"the password file {credentials.PasswordFile} cannot be read or holds no password";
        if (ChooseMechanism(password) is not { } mechanism)
        {
            return mayDisclose ? "the host offers no supported AUTH mechanism"
                : "the host offers no AUTH mechanism that hides the password from a host with an unverified certificate " +
                    "(SCRAM-SHA-256); AuthInClear 'unverified' of the route allows the others";
        }

        var answer = await AskAsync(
            mechanism.Initial() is { } first ? $"AUTH {mechanism.Name} {Encode(first)}" : $"AUTH {mechanism.Name}", cancellationToken);
        for (var i = 0; i < MaxChallenges && answer.Reply is { Code: 334 }; i++)
        {
            // The prompts of LOGIN carry no information, and some hosts send them without base64.
            var challenge = TryDecode(answer.Reply.Lines[0]) ?? (mechanism is LoginMechanism ? [] : null);
            var response = challenge is null ? null : mechanism.Respond(challenge);
            // A single "*" cancels the exchange (RFC 4954 section 4).
            answer = await AskAsync(response is null ? "*" : Encode(response), cancellationToken);
            if (response is null) return "the AUTH challenge is invalid, or the host does not know the password";
        }

        if (answer.Failure is { } failure) return failure.Reply.Text;
        if (answer.Reply is { Code: 235 }) return mechanism.IsComplete ? null : "the host did not prove that it knows the password";
        return $"the host refused user {credentials.User}: {MaskPassword($"{answer.Reply!.ToReply()}", password)}";
    }

    // A host may quote the password in its refusal.
    private static string MaskPassword(string text, string password) => text
        .Replace(password, "***", StringComparison.Ordinal)
        .Replace(Encode(Encoding.UTF8.GetBytes(password)), "***", StringComparison.Ordinal);

    private SaslMechanism? ChooseMechanism(string password)
    {
        if (offered.Contains(ScramSha256.MechanismName)) return new ScramSha256(credentials.User, password);
        if (!mayDisclose) return null;
        if (offered.Contains(Plain.MechanismName)) return new Plain(credentials.User, password);
        return offered.Contains(LoginMechanism.MechanismName) ? new LoginMechanism(credentials.User, password) : null;
    }

    private string? ReadPassword()
    {
        if (credentials.PasswordFile.Length == 0) return credentials.Password;
        try
        {
            using var file = File.OpenText(credentials.PasswordFile);
            var buffer = new char[MaxPassword];
            var length = file.ReadBlock(buffer);
            var password = new string(buffer, 0, length).TrimEnd('\r', '\n');
            return length < MaxPassword && password.Length > 0 ? password : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private ValueTask<CommandReply> AskAsync(string line, CancellationToken cancellationToken) =>
        channel.AskAsync(line, "AUTH", timeout, cancellationToken);

    // An empty initial response would be "=" (RFC 4954 section 4); no mechanism here has an empty response.
    private static string Encode(byte[] response) => Convert.ToBase64String(response);

    private static byte[]? TryDecode(string text)
    {
        var buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text.Trim(), buffer, out var length) ? buffer[..length] : null;
    }
}

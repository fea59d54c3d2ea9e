using System.Text;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Smtp.Sasl;

/// <summary>
/// Proves to a host who we are (RFC 4954), by the best mechanism that both sides have. Nothing of it is logged or told to anybody but the
/// host: what comes back is words of our own, and the host's code.
/// </summary>
/// <param name="channel">The session, which is ready for AUTH.</param>
/// <param name="credentials">Who we are.</param>
/// <param name="offered">The mechanisms that the host offers, in upper case.</param>
/// <param name="mayShow">Whether the host may see the password; otherwise SCRAM alone is used.</param>
/// <param name="timeout">How long the host may take for each reply.</param>
internal sealed class Login(SmtpChannel channel, Credentials credentials, IReadOnlyList<string> offered, bool mayShow, TimeSpan timeout)
{
    /// <summary>Most challenges that are answered; SCRAM has two.</summary>
    private const int MaxChallenges = 4;

    /// <summary>A file that is longer is no password.</summary>
    private const int MaxPassword = 1024;

    /// <summary>Runs the exchange; null when the host takes us for who we are, else why not.</summary>
    public async ValueTask<string?> RunAsync(CancellationToken cancellationToken)
    {
        if (ReadPassword() is not { } password) return $"the password file {credentials.PasswordFile} cannot be read or holds no password";
        if (Choose(password) is not { } mechanism)
        {
            return mayShow ? "no mechanism for AUTH that is known here is offered"
                : "no mechanism for AUTH is offered that keeps the password from a host whose certificate is not verified (SCRAM-SHA-256); " +
                    "AuthInClear 'unverified' of the route shows it";
        }

        var answer = await AskAsync(
            mechanism.Initial() is { } first ? $"AUTH {mechanism.Name} {Encode(first)}" : $"AUTH {mechanism.Name}", cancellationToken);
        for (var i = 0; i < MaxChallenges && answer.Reply is { Code: 334 }; i++)
        {
            // The prompts of LOGIN mean nothing, and some hosts write them in the clear.
            var challenge = TryDecode(answer.Reply.Lines[0]) ?? (mechanism is LoginMechanism ? [] : null);
            var response = challenge is null ? null : mechanism.Respond(challenge);
            // A lone star gives the exchange up (RFC 4954 section 4).
            answer = await AskAsync(response is null ? "*" : Encode(response), cancellationToken);
            if (response is null) return "the challenge to AUTH makes no sense, or is not from a host that knows the password";
        }

        if (answer.Failure is { } failure) return failure.Reply.Text;
        if (answer.Reply is { Code: 235 }) return mechanism.IsComplete ? null : "the host did not prove that it knows the password";
        return $"authentication failed for user {credentials.User}: {Masked($"{answer.Reply!.ToReply()}", password)}";
    }

    // A host may say in its refusal what it was shown.
    private static string Masked(string text, string password) => text
        .Replace(password, "***", StringComparison.Ordinal)
        .Replace(Encode(Encoding.UTF8.GetBytes(password)), "***", StringComparison.Ordinal);

    private SaslMechanism? Choose(string password)
    {
        if (offered.Contains(ScramSha256.MechanismName)) return new ScramSha256(credentials.User, password);
        if (!mayShow) return null;
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

    private async ValueTask<Answer> AskAsync(string line, CancellationToken cancellationToken)
    {
        channel.Write(line);
        await channel.FlushAsync(timeout, "sending AUTH", cancellationToken);
        return await channel.ReadAsync(timeout, "waiting for the reply to AUTH", cancellationToken);
    }

    // An initial response without octets is written as "=" (RFC 4954 section 4); no mechanism here has one.
    private static string Encode(byte[] response) => Convert.ToBase64String(response);

    private static byte[]? TryDecode(string text)
    {
        var buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text.Trim(), buffer, out var length) ? buffer[..length] : null;
    }
}

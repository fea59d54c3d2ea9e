using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Cli.Common;
using Postfleet.Core.Users;

namespace Postfleet.Cli.Verbs;

/// <summary>
/// The options for the source of a password: standard input, a random password, or a question on the terminal. A password is no argument,
/// because other users of the machine can see arguments.
/// </summary>
internal sealed class PasswordOptions
{
    // The API takes 1,024 octets.
    private const int MaxLength = 4096;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Option<bool> _stdin = new("--password-stdin") { Description = "Read the password from standard input, a line" };
    private readonly Option<bool> _generate = new("--generate") { Description = "Make a random password, and print it" };
    private readonly Option<bool> _none = new("--no-password") { Description = "Only application passwords, or none" };
    private readonly Option<bool> _sha1 = new("--scram-sha-1") { Description = "Also for SCRAM-SHA-1, for old clients" };
    private readonly Option<bool> _cram = new("--cram-md5")
    {
        Description = "Also for CRAM-MD5, for old clients; what is stored for it is enough to log in",
    };

    /// <summary>The options.</summary>
    /// <param name="isNew">Whether the user is new, and may be without a password.</param>
    public IEnumerable<Symbol> Symbols(bool isNew) => [_stdin, _generate, .. isNew ? [_none] : Array.Empty<Symbol>(), _sha1, _cram];

    /// <summary>Writes the password into a request.</summary>
    /// <returns>The password, if it was made here and is to be shown; null otherwise.</returns>
    /// <exception cref="VerbException">No source is given and there is no terminal, or the password is not usable.</exception>
    public async Task<string?> ApplyAsync(Session session, JsonObject body, CancellationToken cancellationToken)
    {
        var parsed = session.Parsed;
        var given = new[] { _stdin, _generate, _none }.Where(parsed.GetValue).Select(option => option.Name).ToList();
        if (given.Count > 1)
            throw new VerbException(ExitCode.WrongUse, $"{given[0]} is given beside {given[1]}; allowed: one of them");
        var hasPassword = !parsed.GetValue(_none);
        foreach (var (option, member) in new[] { (_sha1, "scramSha1"), (_cram, "cramMd5") })
        {
            if (!parsed.GetValue(option)) continue;
            if (!hasPassword) throw new VerbException(ExitCode.WrongUse, $"{option.Name} is given beside --no-password; allowed: either");
            body[member] = true;
        }

        if (!hasPassword) return null;
        var generated = parsed.GetValue(_generate) ? GeneratedPassword.Create() : null;
        body["password"] = generated
            ?? (parsed.GetValue(_stdin) ? await ReadAsync(session, cancellationToken) : await AskAsync(session, cancellationToken));
        return generated;
    }

    private static async Task<string> ReadAsync(Session session, CancellationToken cancellationToken)
    {
        await using var input = session.Surroundings.OpenInput();
        var octets = new byte[MaxLength + 1];
        var length = await input.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > MaxLength)
            throw new VerbException(ExitCode.WrongUse, $"the password has more than {MaxLength} octets; allowed: at most 1024");
        try
        {
            var text = Strict.GetString(octets, 0, length);
            var line = text.EndsWith('\n') ? text[..^1].TrimEnd('\r') : text;
            if (line.Contains('\n', StringComparison.Ordinal))
                throw new VerbException(ExitCode.WrongUse, "standard input has more than a line; allowed: the password alone");
            return line.Length > 0 ? line
                : throw new VerbException(ExitCode.WrongUse, "the password is empty; allowed: at least a character");
        }
        catch (DecoderFallbackException)
        {
            throw new VerbException(ExitCode.WrongUse, "the password is not UTF-8; allowed: text in UTF-8");
        }
    }

    private static async Task<string> AskAsync(Session session, CancellationToken cancellationToken)
    {
        if (!session.Surroundings.CanAsk)
        {
            throw new VerbException(
                ExitCode.WrongUse, "the verb asks for the password, and there is no terminal: add --password-stdin or --generate");
        }

        var password = await AskAsync("Password: ");
        if (password.Length == 0) throw new VerbException(ExitCode.WrongUse, "the password is empty; allowed: at least a character");
        return await AskAsync("Repeat the password: ") == password ? password
            : throw new VerbException(ExitCode.WrongUse, "the two passwords differ; nothing was done");

        async Task<string> AskAsync(string question)
        {
            await session.Surroundings.Error.WriteAsync(question);
            var line = await session.Surroundings.ReadSecret(cancellationToken);
            await session.Surroundings.Error.WriteAsync("\n");
            return line;
        }
    }
}

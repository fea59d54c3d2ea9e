using System.Security.Cryptography;
using System.Text;
using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Core.Users;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Fuzz;

/// <summary>
/// Arbitrary responses to each mechanism: an exchange never throws, ends after few steps, and succeeds only for a client that has sent the
/// password, the token or the proof. An input is the name of a mechanism and responses, with the octet 0x1e between them; random values
/// are fixed, so that the inputs of the corpus contain right proofs.
/// </summary>
public sealed class SaslFuzzTests(ITestOutputHelper output)
{
    private const byte Turn = 0x1e;

    private static readonly string[] Words =
    [
        "\u001e", "\0", "\u0001", ",", "=", "/", "n,,", "y,,", "p=tls-server-end-point,,", "p=tls-unique,,", "a=user", "n=user", "n=nobody",
        "r=abc", "m=x", "c=biws", "c=eSws", "s=", "i=4096", "p=", "e=", "v=", "=2C", "=3D", "user", "user/phone", "user/", "pencil",
        "crayon",
        "auth=Bearer ", "host=", "port=2587", "token", "\u00ff", "\u00c3\u00a4", "\u00e2\u0080\u008d", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS",
        "OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN", "CRAM-MD5",
    ];

    // Derivations of the usual length would leave time for few inputs.
    private static readonly SaslChannel Channel = Accounts.BoundChannel with
    {
        Random = length => new byte[length],
        Derive = (password, salt, _, _) => SHA256.HashData([.. password, 0, .. salt]),
        Cache = new PasswordCache(new byte[32], 100),
    };

    private static readonly MailUser User = MakeUser();

    // The proofs in the corpus.
    private static readonly string[] Proofs =
    [
        "pencil", "crayon", "token", .. Corpus().SelectMany(text => text.Split((char)Turn)).Select(Proof).Where(proof => proof.Length > 0),
    ];

    [Fact]
    public async Task Any_responses_end_the_exchange_and_only_right_ones_succeed()
    {
        var fuzzer = new Fuzzer(Folder(), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(3)), input => Task.FromResult(Run(input)));
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    /// <summary>Without this, the fuzzing would not reach the last steps.</summary>
    [Fact]
    public void Inputs_of_the_corpus_succeed_for_each_mechanism()
    {
        var succeeded = Corpus().Where(text => Run(Encoding.Latin1.GetBytes(text)).Contains("Succeeded", StringComparison.Ordinal))
            .Select(text => text.Split((char)Turn)[0]);
        Assert.Equal(SaslMechanisms.All.Order(StringComparer.Ordinal), succeeded.Distinct().Order(StringComparer.Ordinal));
    }

    private static string Run(byte[] input)
    {
        var parts = new List<byte[]>();
        for (var start = 0; start <= input.Length;)
        {
            var end = Array.IndexOf(input, Turn, start);
            if (end < 0) end = input.Length;
            parts.Add(input[start..end]);
            start = end + 1;
        }

        var exchange = SaslMechanisms.Begin(Encoding.Latin1.GetString(parts[0]), Channel);
        if (exchange is null) return "none";
        var driver = new Driver(exchange, User) { NameOfToken = token => token == "token" ? "user" : null };
        var seen = new StringBuilder(exchange.Mechanism);
        SaslStep step = default;
        for (var i = 1; i < parts.Count && i < 6; i++)
        {
            // A question mark stands for AUTH without an initial response.
            step = driver.Send(i == 1 && parts[i].AsSpan().SequenceEqual("?"u8) ? null : parts[i]);
            seen.Append(' ').Append(step.Kind).Append(step.Failure);
            if (step.Kind is SaslStepKind.Succeeded or SaslStepKind.Failed) break;
            Assert.InRange(step.Challenge.Length, 0, 1024);
            Assert.InRange(i, 1, 4);
        }

        if (step.Kind == SaslStepKind.Succeeded)
        {
            Assert.Equal("user", step.Name);
            var text = Encoding.Latin1.GetString(input);
            Assert.Contains(Proofs, proof => text.Contains(proof, StringComparison.Ordinal));
        }

        return seen.ToString();
    }

    // What a response proves: the last field of SCRAM, the last word of CRAM-MD5.
    private static string Proof(string response) => response.LastIndexOf(",p=", StringComparison.Ordinal) is > 0 and var place
        ? response[place..]
        : response.StartsWith("user ", StringComparison.Ordinal) ? response[5..] : "";

    private static MailUser MakeUser()
    {
        var user = Accounts.User("user", "pencil");
        var salt = user.Scram256!.Salt;
        return user with
        {
            // The keys that the short derivation gives; SCRAM has the real ones.
            ApplicationPasswords = [Application("main", "pencil"), Application("phone", "crayon")],
        };

        ApplicationPassword Application(string name, string password) => new(
            name,
            new ScramVerifier(
                Accounts.Iterations,
                salt,
                ScramHash.StoredKey(
                    Channel.Derive(Encoding.UTF8.GetBytes(password), salt.Span, 1, ScramAlgorithm.Sha256), ScramAlgorithm.Sha256),
                new byte[32]),
            null);
    }

    private static string Folder() => Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", "Sasl");

    private static IEnumerable<string> Corpus() => Directory.GetFiles(Folder()).Order(StringComparer.Ordinal)
        .Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file)));
}

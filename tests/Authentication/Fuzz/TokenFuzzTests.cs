using System.Text;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Authentication.Tokens;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Fuzz;

/// <summary>
/// Arbitrary tokens, key sets and discovery documents: no check throws, and no token is valid but those of the corpus, whose key set is the
/// input <c>keys.json</c> of the other corpus.
/// </summary>
public sealed class TokenFuzzTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 8, 0, 0, TimeSpan.Zero);

    private static readonly string[] Words =
    [
        ".", "..", "e30", "=", "-", "_", "{", "}", "[", "]", "\"", "null", "true", "1e999", "-1", "\\u0000", "\"alg\":\"none\"",
        "\"alg\":\"RS256\"", "\"kid\":\"rsa\"", "\"crit\":[\"b64\"]", "\"zip\":\"DEF\"", "\"exp\":99999999999", "\"iss\":", "\"aud\":[]",
        "\"keys\":[",
        "\"kty\":\"RSA\"", "\"kty\":\"EC\"", "\"crv\":\"P-384\"", "\"use\":\"enc\"", "\"jwks_uri\":\"http://[::1]:70000/\"", "\"issuer\":5",
        // {"alg":"none"} and {"alg":"HS256"}
        "eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9",
    ];

    private static readonly TokenKeys Keys = ReadKeys();

    private static readonly HashSet<string> Signed =
        [.. Directory.GetFiles(Folder("Token")).Select(File.ReadAllText).Select(token => token[..(token.LastIndexOf('.') + 1)])];

    [Fact]
    public async Task Any_token_gets_a_result_and_only_signed_ones_are_valid()
    {
        var fuzzer = new Fuzzer(Folder("Token"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(2)), input =>
        {
            var token = Encoding.Latin1.GetString(input);
            var result = TokenCheck.Validate(token, TokenIssuer.Rules, Keys, Now);
            Assert.Equal(result.Fault == TokenFault.None, result.Name is not null);
            if (result.Name is not null) Assert.Contains(token[..(token.LastIndexOf('.') + 1)], Signed);
            return Task.FromResult($"{result.Fault} {token.Length / 100}");
        });
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    [Fact]
    public async Task Any_signed_claims_get_a_result()
    {
        var fuzzer = new Fuzzer(Folder("Claims"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(1)), input =>
        {
            var rules = TokenIssuer.Rules with { Scopes = ["mail"], NameClaim = "sub" };
            var token = TokenIssuer.Shared.Sign("ES256", Encoding.Latin1.GetString(input));
            var result = TokenCheck.Validate(token, rules, TokenIssuer.Shared.Keys, Now);
            Assert.Equal(result.Fault == TokenFault.None, result.Name is not null);
            return Task.FromResult($"{result.Fault} {result.Name}");
        });
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    [Fact]
    public async Task Any_key_set_and_discovery_document_gets_a_result()
    {
        var token = File.ReadAllText(Directory.GetFiles(Folder("Token")).Order(StringComparer.Ordinal).First());
        var fuzzer = new Fuzzer(Folder("KeySet"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(1)), input =>
        {
            var isSet = TokenKeys.TryParse(input, out var keys, out var error);
            Assert.Equal(isSet, error is null);
            var fault = isSet ? TokenCheck.Validate(token, TokenIssuer.Rules, keys!, Now).Fault : TokenFault.UnknownKey;
            var isDocument = DiscoveryDocument.TryParse(input, TokenIssuer.Issuer, out var document, out var wrong);
            if (isDocument) Assert.True(DiscoveryDocument.IsTrustworthy(document!.KeysUri));
            return Task.FromResult($"{keys?.Count} {error} {fault} {wrong}");
        });
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    [Fact]
    public void Tokens_of_the_corpus_are_valid() => Assert.All(
        Directory.GetFiles(Folder("Token")).Where(file => !file.Contains("refused", StringComparison.Ordinal)),
        file => Assert.Equal(TokenFault.None, TokenCheck.Validate(File.ReadAllText(file), TokenIssuer.Rules, Keys, Now).Fault));

    private static TokenKeys ReadKeys()
    {
        Assert.True(TokenKeys.TryParse(File.ReadAllBytes(Path.Combine(Folder("KeySet"), "keys.json")), out var keys, out _));
        return keys!;
    }

    private static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", name);
}

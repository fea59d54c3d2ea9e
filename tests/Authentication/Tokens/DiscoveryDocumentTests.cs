using System.Text;
using Postfleet.Authentication.Tokens;
using Xunit;

namespace Postfleet.Authentication.Tests.Tokens;

public sealed class DiscoveryDocumentTests
{
    [Theory]
    [InlineData("https://id.example/keys", true)]
    [InlineData("http://127.0.0.1:8080/keys", true)]
    [InlineData("http://localhost/keys", true)]
    [InlineData("http://[::1]/keys", true)]
    [InlineData("http://id.example/keys", false)]
    [InlineData("http://127.0.0.1.id.example/keys", false)]
    [InlineData("https://user:password@id.example/keys", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("ftp://127.0.0.1/keys", false)]
    [InlineData("/keys", false)]
    [InlineData("", false)]
    public void Keys_come_by_https_or_from_the_same_machine(string uri, bool isValid)
    {
        var json = $$"""{"issuer":"https://id.example","jwks_uri":"{{uri}}","other":[1,2]}""";
        Assert.Equal(isValid, Parse(json, out var document, out var error));
        Assert.Equal(isValid ? new DiscoveryDocument("https://id.example", new Uri(uri)) : null, document);
        Assert.Equal(isValid, error is null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"issuer":"https://id.example"}""")]
    [InlineData("""{"issuer":"https://id.example/","jwks_uri":"https://id.example/keys"}""")]
    [InlineData("""{"issuer":5,"jwks_uri":"https://id.example/keys"}""")]
    [InlineData("""{"issuer":"https://id.example","jwks_uri":["https://id.example/keys"]}""")]
    public void Other_documents_are_refused(string json) => Assert.False(Parse(json, out _, out _));

    [Fact]
    public void Documents_are_bounded() => Assert.False(Parse(
        new string(' ', DiscoveryDocument.MaxLength) + """{"issuer":"https://id.example","jwks_uri":"https://id.example/keys"}""",
        out _,
        out _));

    private static bool Parse(string json, out DiscoveryDocument? document, out string? error) =>
        DiscoveryDocument.TryParse(Encoding.UTF8.GetBytes(json), "https://id.example", out document, out error);
}

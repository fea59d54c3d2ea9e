using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Users;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Options;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>Keys that come by OpenID Connect discovery, from an issuer on loopback.</summary>
public sealed class TokenValidatorTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.Zero));
    private readonly List<string> _asked = [];
    private readonly Dictionary<string, RSA> _keys = [];
    private readonly TokenValidator _validator;
    private readonly string _issuer;
    private volatile bool _isBroken;

    public TokenValidatorTests()
    {
        _listener.Start();
        _ = ServeAsync();
        _issuer = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}";
        _keys["one"] = RSA.Create(2048);
        _validator = new TokenValidator(new OAuthOptions { Issuer = _issuer, Audience = "mail" }, _time, NullLogger.Instance);
    }

    public void Dispose()
    {
        _validator.Dispose();
        _listener.Dispose();
        foreach (var key in _keys.Values) key.Dispose();
    }

    [Fact]
    public async Task Keys_are_fetched_once_and_again_after_an_hour()
    {
        for (var i = 0; i < 2; i++) Assert.Equal("alice@x.test", await _validator.ValidateAsync(Token("one"), default));
        Assert.Equal(["/.well-known/openid-configuration", "/keys"], _asked);
        _time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("alice@x.test", await _validator.ValidateAsync(Token("one"), default));
        Assert.Equal(4, _asked.Count);
    }

    [Fact]
    public async Task An_unknown_key_fetches_the_keys_once_a_minute()
    {
        Assert.NotNull(await _validator.ValidateAsync(Token("one"), default));
        _keys["two"] = RSA.Create(2048);
        for (var i = 0; i < 3; i++) Assert.Null(await _validator.ValidateAsync(Token("two"), default));
        Assert.Equal(2, _asked.Count);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("alice@x.test", await _validator.ValidateAsync(Token("two"), default));
        Assert.Equal(4, _asked.Count);
    }

    [Fact]
    public async Task Earlier_keys_stay_in_use_while_the_issuer_fails()
    {
        _isBroken = true;
        await Assert.ThrowsAsync<UsersUnavailableException>(async () => await _validator.ValidateAsync(Token("one"), default));
        _time.Advance(TimeSpan.FromMinutes(1));
        _isBroken = false;
        Assert.NotNull(await _validator.ValidateAsync(Token("one"), default));
        _isBroken = true;
        _time.Advance(TimeSpan.FromHours(2));
        Assert.NotNull(await _validator.ValidateAsync(Token("one"), default));
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test has ended.
        }
    }

    // One request a connection.
    private async Task AnswerAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, false, 1024, leaveOpen: true);
        var path = (await reader.ReadLineAsync() ?? "").Split(' ') is [_, var asked, ..] ? asked : "";
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }

        _asked.Add(path);
        var body = path == "/keys" ? Keys() : $$"""{"issuer":"{{_issuer}}","jwks_uri":"{{_issuer}}/keys"}""";
        var status = _isBroken ? "503 Unavailable" : "200 OK";
        var answer = $"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";
        await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
    }

    private string Keys() => $$"""{"keys":[{{string.Join(',', _keys.Select(key => Key(key.Key, key.Value)))}}]}""";

    private static string Key(string id, RSA key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        var (n, e) = (Base64Url.EncodeToString(parameters.Modulus), Base64Url.EncodeToString(parameters.Exponent));
        return $$"""{"kty":"RSA","alg":"RS256","kid":"{{id}}","n":"{{n}}","e":"{{e}}"}""";
    }

    private string Token(string key)
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var header = Part($$"""{"alg":"RS256","kid":"{{key}}"}""");
        var claims = Part($$"""{"iss":"{{_issuer}}","aud":"mail","email":"alice@x.test","iat":{{now}},"exp":{{now + 60}}}""");
        var signature = _keys[key].SignData(
            Encoding.ASCII.GetBytes($"{header}.{claims}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{header}.{claims}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}

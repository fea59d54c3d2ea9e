using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>The user of the node among foreign servers, and the issuer of the user's tokens.</summary>
internal static class PeerUsers
{
    /// <summary>The name, which is also the user's address.</summary>
    public const string Name = "ada@source.test";

    /// <summary>The password.</summary>
    public const string Password = "correct horse, battery & staple";

    private const string Issuer = "https://login.source.test";

    private const string Audience = "mail";

    private static readonly RSA Key = RSA.Create(2048);

    /// <summary>The section <c>Auth</c> with all mechanisms.</summary>
    /// <param name="keyFile">Where the issuer's keys are written.</param>
    public static JsonObject Section(string keyFile)
    {
        var parameters = Key.ExportParameters(includePrivateParameters: false);
        var key = new JsonObject
        {
            ["kty"] = "RSA",
            ["kid"] = "1",
            ["alg"] = "RS256",
            ["n"] = Base64Url.EncodeToString(parameters.Modulus),
            ["e"] = Base64Url.EncodeToString(parameters.Exponent),
        };
        File.WriteAllText(keyFile, new JsonObject { ["keys"] = new JsonArray(key) }.ToJsonString());
        return new JsonObject
        {
            ["Mechanisms"] = new JsonArray("SCRAM-SHA-256", "SCRAM-SHA-1", "OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN", "CRAM-MD5"),
            ["OAuth"] = new JsonObject { ["Issuer"] = Issuer, ["Audience"] = Audience, ["KeyFile"] = keyFile },
        };
    }

    /// <summary>Creates the user by the API.</summary>
    public static async Task CreateAsync(PostfleetNode node)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(
            new Uri($"http://{node.Admin}/api/v1/users/{Name}"),
            new JsonObject { ["password"] = Password, ["scramSha1"] = true, ["cramMd5"] = true });
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>A token for the user that is valid for an hour.</summary>
    public static string Token()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var header = Part(new JsonObject { ["alg"] = "RS256", ["kid"] = "1", ["typ"] = "JWT" });
        var claims = Part(new JsonObject { ["iss"] = Issuer, ["aud"] = Audience, ["email"] = Name, ["iat"] = now, ["exp"] = now + 3600 });
        var signed = $"{header}.{claims}";
        var signature = Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Part(JsonObject json) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));
}

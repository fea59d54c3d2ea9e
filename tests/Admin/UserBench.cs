using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Postfleet.Admin.Options;
using Postfleet.Authentication.Sasl;
using Postfleet.Contracts.Users;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>A host with tokens, and requests about a user.</summary>
public abstract class UserBench : IAsyncLifetime
{
    private protected const string Path = "/api/v1/users/shop@example.org";

    private protected const string Secret = "marked-Secret 1";

    private static readonly AdminOptions Options = new()
    {
        Token = "all",
        Tokens = [new TokenOptions { Name = "dashboard", Token = "look", Scope = ApiScope.Read }],
    };

    /// <summary>The host.</summary>
    private protected AdminHost Host { get; private set; } = null!;

    public async Task InitializeAsync() => Host = await AdminHost.StartAsync(Options);

    public async Task DisposeAsync() => await Host.DisposeAsync();

    private protected MailUser User => UserJson.Parse(Host.Users.Json("shop@example.org"));

    private protected bool Matches(string password) => ScramHash.Matches(User.Scram256!, Encoding.UTF8.GetBytes(password));

    private protected bool MatchesSha1(string password) =>
        ScramHash.Matches(User.Scram1!, Encoding.UTF8.GetBytes(password), ScramAlgorithm.Sha1);

    private protected Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(HttpMethod method, string path) =>
        Host.SendAsync(method, path, "all");

    private protected async Task<(HttpResponseMessage Response, JsonElement Body)> PutAsync(
        string path, string json, params (string Field, string Value)[] fields) =>
        await SendAsync(HttpMethod.Put, path, json, fields);

    private protected async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(
        HttpMethod method, string path, string? json, params (string Field, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "all");
        foreach (var (field, value) in fields) request.Headers.TryAddWithoutValidation(field, value);
        var response = await Host.Client.SendAsync(request);
        return (response, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }
}

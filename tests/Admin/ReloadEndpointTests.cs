using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Options;
using Postfleet.Admin.Reload;
using Postfleet.Configuration;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class ReloadEndpointTests : IAsyncLifetime, INodeReload
{
    private static readonly AdminOptions Options = new()
    {
        Tokens =
        [
            new TokenOptions { Name = "dashboard", Token = "look", Scope = ApiScope.Read },
            new TokenOptions { Name = "night-watch", Token = "act", Scope = ApiScope.Operate },
        ],
    };

    private readonly List<string> _authors = [];
    private ReloadOutcome _outcome = new(["Routes"], ["Listeners"], []);
    private AdminHost _host = null!;

    public async Task InitializeAsync() =>
        _host = await AdminHost.StartAsync(Options, configure: services => services.AddSingleton<INodeReload>(this));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    Task<ReloadOutcome> INodeReload.ReloadAsync(string author)
    {
        _authors.Add(author);
        return Task.FromResult(_outcome);
    }

    [Fact]
    public async Task Node_reloads_and_names_the_changed_keys()
    {
        var (response, body) = await _host.SendAsync(HttpMethod.Post, "/api/v1/reload", "act");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var node = Assert.Single(body.GetProperty("nodes").EnumerateArray());
        Assert.Equal("Routes", Assert.Single(node.GetProperty("changed").EnumerateArray()).GetString());
        Assert.Equal("Listeners", Assert.Single(node.GetProperty("restartNeeded").EnumerateArray()).GetString());
        Assert.True(body.GetProperty("isComplete").GetBoolean());
        Assert.Equal(["token night-watch"], _authors);
        await Eventually.True(
            () => _host.Log.Lines.Any(line => line.Name == "api change"), TimeSpan.FromSeconds(10), "the reload is in the audit log");

        (response, _) = await _host.SendAsync(HttpMethod.Post, $"/api/v1/reload?node={node.GetProperty("node")}", "act");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Errors_of_the_configuration_are_a_problem()
    {
        _outcome = ReloadOutcome.Failed("Queues:FirstRetry is 'soon'", "Log:Level is 'loud'");

        var (response, body) = await _host.SendAsync(HttpMethod.Post, "/api/v1/reload", "act");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("urn:postfleet:problem:reload-refused", body.GetProperty("type").GetString());
        Assert.Equal(2, body.GetProperty("errors").GetArrayLength());
        Assert.EndsWith("Log:Level is 'loud'", body.GetProperty("errors")[1].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/reload", "look", HttpStatusCode.Forbidden)]
    [InlineData("/api/v1/reload", "guess", HttpStatusCode.Unauthorized)]
    [InlineData("/api/v1/reload?node=127.0.0.1:1", "act", HttpStatusCode.NotFound)]
    [InlineData("/api/v1/reload?nodes=127.0.0.1:1", "act", HttpStatusCode.BadRequest)]
    public async Task Wrong_requests_reload_nothing(string path, string token, HttpStatusCode status)
    {
        Assert.Equal(status, (await _host.SendAsync(HttpMethod.Post, path, token)).Response.StatusCode);
        Assert.Empty(_authors);
    }

    [Fact]
    public async Task Reloaded_tokens_replace_the_earlier_ones()
    {
        var reload = _host.Services.GetRequiredService<IReloadable<AdminSettings>>();
        var settings = new AdminSettings(new AdminOptions { Token = "new" }, new MetricsOptions { Enabled = false });
        var apply = reload.Prepare(settings);
        Assert.Equal(HttpStatusCode.OK, (await _host.SendAsync(HttpMethod.Get, "/api/v1/queues", "look")).Response.StatusCode);
        apply();

        Assert.Equal(HttpStatusCode.Unauthorized, (await _host.SendAsync(HttpMethod.Get, "/api/v1/queues", "look")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _host.SendAsync(HttpMethod.Get, "/api/v1/queues", "new")).Response.StatusCode);
    }

    [Fact]
    public async Task A_reload_that_removes_the_tokens_protects_the_endpoint_from_foreign_pages()
    {
        var settings = new AdminSettings(new AdminOptions(), new MetricsOptions { Enabled = false });
        _host.Services.GetRequiredService<IReloadable<AdminSettings>>().Prepare(settings)();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/queues");
        request.Headers.Host = "pages.example.com";
        using var response = await _host.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
    }
}

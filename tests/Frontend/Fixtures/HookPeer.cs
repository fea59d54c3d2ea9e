using System.Text.Json;
using Postfleet.Frontend.Options;
using Xunit;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>The hook of the tests (hooks.py), a process which serves all tests of a class.</summary>
public sealed class HookPeer : IAsyncLifetime
{
    private readonly MilterProcess _process = new();
    private readonly HttpClient _http = new();

    /// <summary>Its entry in the configuration.</summary>
    internal FilterOptions Options(string path = "/", string stages = "data", FilterFailure onFailure = FilterFailure.Defer) => new()
    {
        Name = "hook",
        Protocol = FilterProtocol.Hooks,
        Url = $"http://127.0.0.1:{_process.Endpoint.Port}{path}",
        Stages = stages,
        OnFailure = onFailure,
    };

    /// <summary>The requests since the last call.</summary>
    internal async Task<IReadOnlyList<JsonElement>> RequestsAsync()
    {
        using var all = JsonDocument.Parse(await _http.GetStringAsync(new Uri(Options().Url)));
        return [.. all.RootElement.EnumerateArray().Select(request => request.Clone())];
    }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        _process.Start("/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "Filters", "hooks.py"), $"{_process.Endpoint.Port}");
        await _process.ReadyAsync();
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }
}

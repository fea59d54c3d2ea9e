using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Core;
using Postfleet.Node.Configuration;
using Postfleet.Node.Hosting;
using Postfleet.Node.Options;
using Postfleet.Node.Tests.Configuration;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Node.Tests.Hosting;

/// <summary>A reload over a file, with modules that only keep their options.</summary>
public sealed class NodeReloadTests : IDisposable
{
    private const string Start = """{ "Admin": { "Token": "tops-3cret" }, "Queues": { "FirstRetry": "5m" } }""";

    private readonly Sources _sources = new();
    private readonly LogCollector _log = new();
    private readonly List<string> _states = [];
    private readonly NodeReload _reload;
    private PostfleetOptions _applied;
    private Exception? _fault;

    public NodeReloadTests()
    {
        _sources.Write(Start);
        var loaded = _sources.Load().Loaded!;
        _applied = loaded.Options;
        _reload = new NodeReload(RunningConfiguration.Of(loaded, loaded.Options), loaded.Sources, Prepare, _states.Add, _log);
        _reload.Begin();
    }

    public void Dispose() => _sources.Dispose();

    [Fact]
    public async Task Changed_keys_are_applied_and_named_without_their_values()
    {
        _sources.Write("""{ "Admin": { "Token": "other-3cret" }, "Queues": { "FirstRetry": "6m" }, "Storage": { "Path": "elsewhere" } }""");

        var outcome = await _reload.ReloadAsync("SIGHUP");

        Assert.Equal(["Queues:FirstRetry", "Admin:Token"], outcome.Changed);
        Assert.Equal(["Storage:Path"], outcome.RestartNeeded);
        Assert.Empty(outcome.Errors);
        Assert.Equal(
            (TimeSpan.FromMinutes(6), "other-3cret", "data"),
            (_applied.Queues.FirstRetry, _applied.Admin.Token, _applied.Storage.Path));
        var line = Assert.Single(_log.Lines, line => line.Name == "configuration reloaded");
        Assert.Equal(
            ("SIGHUP", "Queues:FirstRetry, Admin:Token", "Storage:Path"),
            (line.Fields["Author"], line.Fields["Changed"], line.Fields["RestartNeeded"]));
        Assert.StartsWith("RELOADING=1\nMONOTONIC_USEC=", _states[0], StringComparison.Ordinal);
        Assert.Equal(["READY=1"], _states[1..]);
        // The restart is still needed at the next reload, and the rest is in force.
        Assert.Equal(["Storage:Path"], (await _reload.ReloadAsync("SIGHUP")).RestartNeeded);
        Assert.Empty((await _reload.ReloadAsync("SIGHUP")).Changed);
    }

    [Fact]
    public async Task A_wrong_file_changes_nothing_and_every_error_is_named()
    {
        _sources.Write("""{ "Admin": { "Token": "not a token" }, "Queues": { "FirstRetry": "soon" }, "Log": { "Level": "debug" } }""");

        var outcome = await _reload.ReloadAsync("token ops");

        Assert.Empty(outcome.Changed);
        Assert.Equal(2, outcome.Errors.Count);
        Assert.Contains(outcome.Errors, error => error.StartsWith("Queues:FirstRetry is 'soon'; allowed: ", StringComparison.Ordinal));
        Assert.DoesNotContain(outcome.Errors, error => error.Contains("not a token", StringComparison.Ordinal));
        Assert.Equal((LogThreshold.Info, "tops-3cret"), (_applied.Log.Level, _applied.Admin.Token));
        Assert.Equal(outcome.Errors, _log.Lines.Where(line => line.Name == "reload refused").Select(line => line.Fields["Error"]));
        Assert.Equal("READY=1", _states[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_missing_default_file_changes_nothing(bool isReadAtStart)
    {
        var reload = _reload;
        if (!isReadAtStart)
        {
            _sources.Delete();
            var loaded = _sources.Load().Loaded!;
            reload = new NodeReload(RunningConfiguration.Of(loaded, loaded.Options), loaded.Sources, Prepare, _states.Add, _log);
            reload.Begin();
            Assert.Empty((await reload.ReloadAsync("SIGHUP")).Errors);
            _sources.Write(Start);
            Assert.Contains("Admin:Token", (await reload.ReloadAsync("SIGHUP")).Changed);
        }

        _sources.Delete();

        var error = Assert.Single((await reload.ReloadAsync("SIGHUP")).Errors);
        Assert.Contains("does not exist any more", error, StringComparison.Ordinal);
        Assert.Equal(("tops-3cret", TimeSpan.FromMinutes(5)), (_applied.Admin.Token, _applied.Queues.FirstRetry));
        _sources.Write(Start);
        Assert.Empty((await reload.ReloadAsync("SIGHUP")).Errors);
    }

    [Fact]
    public async Task New_values_must_go_with_old_values_that_need_a_restart()
    {
        // The new endpoint is loopback, so that the new file alone needs no token; the old listener stays open to others.
        _sources.Write("""{ "Admin": { "Endpoint": "0.0.0.0:8025", "Token": "tops-3cret" } }""");
        var loaded = _sources.Load().Loaded!;
        var reload = new NodeReload(RunningConfiguration.Of(loaded, loaded.Options), loaded.Sources, Prepare, _states.Add, _log);
        reload.Begin();
        _sources.Write("{}");

        var outcome = await reload.ReloadAsync("SIGHUP");

        Assert.Contains("restart", Assert.Single(outcome.Errors), StringComparison.Ordinal);
        Assert.Equal("tops-3cret", _applied.Admin.Token);
    }

    [Fact]
    public async Task Another_content_of_a_file_is_a_change()
    {
        _sources.Write("first-3cret", "token");
        _sources.Write("""{ "Admin": { "TokenFile": "token" } }""");
        Assert.Equal(["Admin:Token", "Admin:TokenFile"], (await _reload.ReloadAsync("SIGHUP")).Changed.Order());
        Assert.Empty((await _reload.ReloadAsync("SIGHUP")).Changed);
        _sources.Write("second-3cret", "token");

        Assert.Equal(["Admin:TokenFile"], (await _reload.ReloadAsync("SIGHUP")).Changed);
    }

    [Theory]
    [InlineData(true, "the file is gone")]
    [InlineData(false, "the reload failed")]
    public async Task A_module_that_cannot_prepare_leaves_all_modules_unchanged(bool isKnown, string error)
    {
        _fault = isKnown ? new StartFailureException("the file is gone") : new InvalidOperationException("a fault of the program");
        _sources.Write("""{ "Log": { "Level": "debug" } }""");

        Assert.StartsWith(error, Assert.Single((await _reload.ReloadAsync("SIGHUP")).Errors), StringComparison.Ordinal);
        Assert.Equal(LogThreshold.Info, _applied.Log.Level);
        _fault = null;
        Assert.Contains("Log:Level", (await _reload.ReloadAsync("SIGHUP")).Changed);
    }

    [Fact]
    public async Task A_reload_during_the_start_waits_for_its_end_and_none_follows_the_stop()
    {
        var loaded = _sources.Load().Loaded!;
        var reload = new NodeReload(
            RunningConfiguration.Of(loaded, loaded.Options), loaded.Sources, Prepare, _states.Add, NullLogger.Instance);
        var waiting = reload.ReloadAsync("SIGHUP");
        Assert.False(waiting.IsCompleted);
        reload.Begin();
        Assert.Empty((await waiting).Errors);
        reload.End();
        Assert.Equal(["the node is stopping"], (await reload.ReloadAsync("SIGHUP")).Errors);
    }

    private IReadOnlyList<Action> Prepare(PostfleetOptions options) => _fault is { } fault ? throw fault : [() => _applied = options];
}

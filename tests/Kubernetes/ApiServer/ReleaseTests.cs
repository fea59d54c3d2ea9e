using Npgsql;
using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Kubernetes.Tests.ApiServer;

/// <summary>Helm installs, changes and removes releases at a stand-in for the API server of Kubernetes.</summary>
public sealed class ReleaseTests : IAsyncLifetime
{
    private StandInApiServer _server = null!;
    private Dictionary<string, string> _environment = [];

    public async Task InitializeAsync()
    {
        if (ToolFolder.Problem is not null) return;
        _server = await StandInApiServer.StartAsync();
        // Helm's own records go to a database: as secrets they would be protobuf, which the stand-in does not read.
        var database = new NpgsqlConnectionStringBuilder(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());
        _environment = new Dictionary<string, string>
        {
            ["KUBECONFIG"] = _server.KubeConfig,
            ["HELM_DRIVER"] = "sql",
            ["HELM_DRIVER_SQL_CONNECTION_STRING"] =
                $"host={database.Host} port=5432 user={database.Username} dbname={database.Database} sslmode=disable",
        };
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [ToolFact]
    public async Task A_release_is_installed_upgraded_rolled_back_and_removed()
    {
        await HelmAsync("install", "-f", Chart.ExamplePath("production"));
        Assert.Equal(
            (await Chart.RenderAsync("production")).Objects.Where(each => each.Kind != "Pod").Select(each => each.ToString()).Order(),
            Stored().Order());
        Assert.Equal(3, Replicas("mail-postfleet-queue"));

        var test = await RunAsync(ToolFolder.Helm, "test", Chart.Release, "--timeout", "20s");
        Assert.True(test.ExitCode == 0, test.Errors);
        Assert.Contains("Succeeded", test.Output, StringComparison.Ordinal);

        await HelmAsync("upgrade", "-f", Chart.ExamplePath("production"), "--set", "queue.replicas=5");
        Assert.Equal(5, Replicas("mail-postfleet-queue"));
        // The Job of the first revision has gone with it, since a Job cannot be changed.
        Assert.Single(Stored(), each => each.StartsWith("Job ", StringComparison.Ordinal));

        var rollback = await RunAsync(ToolFolder.Helm, "rollback", Chart.Release, "1", "--wait", "--timeout", "20s");
        Assert.True(rollback.ExitCode == 0, rollback.Errors);
        Assert.Equal(3, Replicas("mail-postfleet-queue"));
        var kubectl = await RunAsync(ToolFolder.Kubectl, "get", "deployments", "--output", "name");
        Assert.Equal(
            ["deployment.apps/mail-postfleet-delivery", "deployment.apps/mail-postfleet-frontend", "deployment.apps/mail-postfleet-queue"],
            kubectl.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());

        var removal = await RunAsync(ToolFolder.Helm, "uninstall", Chart.Release, "--wait", "--timeout", "20s");
        Assert.True(removal.ExitCode == 0, removal.Errors);
        Assert.Empty(Stored());
        Assert.Empty(_server.Refused);
    }

    [ToolTheory]
    [InlineData("single")]
    [InlineData("everything")]
    [InlineData("cloudnativepg")]
    public async Task An_example_is_installed(string example)
    {
        await HelmAsync("install", "-f", Chart.ExamplePath(example));
        Assert.Empty(_server.Refused);
    }

    [ToolFact]
    public async Task Installation_waits_for_the_pods()
    {
        _server.ArePodsReady = false;
        var result = await RunAsync(
            ToolFolder.Helm, "install", Chart.Release, Chart.Folder, "-f", Chart.ExamplePath("default"), "--wait", "--timeout", "2s",
            "--disable-openapi-validation");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("mail-postfleet-queue", result.Errors, StringComparison.Ordinal);

        var upgrade = HelmAsync("upgrade", "-f", Chart.ExamplePath("default"));
        _server.ArePodsReady = true;
        await upgrade;
    }

    [ToolFact]
    public async Task Server_refuses_an_unknown_field()
    {
        using var folder = new TempFolder("values");
        await File.WriteAllTextAsync(folder["values.yaml"], "queue: { podSecurityContext: { runAsNobody: true } }");
        var result = await RunAsync(
            ToolFolder.Helm, "install", Chart.Release, Chart.Folder, "-f", Chart.ExamplePath("default"), "-f", folder["values.yaml"],
            "--disable-openapi-validation");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("runAsNobody", string.Join(' ', _server.Refused), StringComparison.Ordinal);
    }

    private async Task HelmAsync(string verb, params string[] arguments)
    {
        var result = await RunAsync(
            ToolFolder.Helm,
            [verb, Chart.Release, Chart.Folder, "--wait", "--timeout", "20s", "--disable-openapi-validation", .. arguments]);
        Assert.True(result.ExitCode == 0, $"{result.Errors} {string.Join('\n', _server.Refused)}");
    }

    private Task<ToolResult> RunAsync(string program, params string[] arguments) =>
        Tool.RunAsync(program, Chart.Folder, _environment, [.. arguments, "--namespace", Chart.Namespace]);

    private IEnumerable<string> Stored() => _server.Objects.List("").Where(each => (string?)each["kind"] != "Namespace")
        .Select(each => $"{each["kind"]} {each["metadata"]!["name"]}");

    private int Replicas(string deployment) =>
        (int)_server.Objects.Find($"apps/v1/deployments/{Chart.Namespace}/{deployment}")!["spec"]!["replicas"]!;
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Postfleet.Kubernetes.Tests.Image;
using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Compose;

/// <summary>The example for Docker Compose: its form, and whether its parts agree with each other and with the program.</summary>
public sealed partial class ComposeTests
{
    private const string Secrets = "/run/secrets/";

    // The linter reads the file by the published schema of Compose files.
    [ToolFact]
    public async Task Linter_finds_no_fault()
    {
        var program = Path.Combine(ToolFolder.FullPath, "node_modules", ".bin", "dclint");
        var result = await Tool.RunAsync(program, ToolFolder.FullPath, "--max-warnings", "0", ComposeFile.Folder);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }

    [Fact]
    public void Each_reference_has_a_target_and_each_target_a_reference()
    {
        var services = ComposeFile.Names("services").Select(ComposeFile.Service).ToList();
        AssertSame(ComposeFile.Names("configs"), services.SelectMany(each => Texts(each["configs"], "source")));
        AssertSame(ComposeFile.Names("secrets"), services.SelectMany(each => Texts(each["secrets"])));
        AssertSame(ComposeFile.Names("volumes"), services.SelectMany(each => Texts(each["volumes"])).Select(each => each.Split(':')[0]));
        Assert.All(
            services.SelectMany(each => each["depends_on"]?.AsObject() ?? []),
            each => Assert.NotNull(ComposeFile.Service(each.Key)["healthcheck"]));
        Assert.All(
            ComposeFile.Root["configs"]!.AsObject(),
            each => Assert.True(File.Exists(ComposeFile.FilePath((string)each.Value!["file"]!)), each.Key));
        var readme = File.ReadAllText(Path.Combine(ComposeFile.Folder, "README.md"));
        Assert.All(
            ComposeFile.Root["secrets"]!.AsObject(),
            each => Assert.Contains($">{((string)each.Value!["file"]!)[2..]}\n", readme, StringComparison.Ordinal));
    }

    [Fact]
    public void Images_have_tags_and_Postfleet_has_this_version()
    {
        var images = ComposeFile.Names("services").ToDictionary(name => name, name => (string)ComposeFile.Service(name)["image"]!);
        Assert.All(images, image => Assert.Matches(ImageWithTag(), image.Value));
        Assert.EndsWith($":-postfleet:{Dockerfile.ProductVersion}}}", images["mail"], StringComparison.Ordinal);
        Assert.Contains(
            $"-t postfleet:{Dockerfile.ProductVersion} ", File.ReadAllText(Path.Combine(ComposeFile.Folder, "README.md")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_accepts_the_configuration_and_agrees_with_the_services()
    {
        var mail = ComposeFile.Service("mail");
        var (target, file) = Assert.Single(ComposeFile.Mounts("mail"));
        Assert.Equal(Path.Combine(Dockerfile.Value("WORKDIR"), "postfleet.json"), target);
        using var folder = new TempFolder("compose");
        foreach (var secret in Texts(mail["secrets"])) await File.WriteAllTextAsync(folder[secret], new string('s', 48));
        var text = (await File.ReadAllTextAsync(file)).Replace(Secrets, folder.FullPath + "/", StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder["postfleet.json"], text);
        var result = await Tool.RunAsync(
            "dotnet", folder.FullPath, Repository.NodeAssembly, "check", "--config", folder["postfleet.json"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        var settings = JsonNode.Parse(result.Output)!;

        var ports = ComposeFile.Ports("mail");
        Assert.Equal([$"[::]:{ports[0]}"], settings["Listeners"]!.AsArray().Select(each => (string)each!["Endpoint"]!));
        Assert.Equal($"[::]:{ports[1]}", (string?)settings["Admin"]!["Endpoint"]);
        Assert.Equal((true, false), ((bool)settings["Metrics"]!["Enabled"]!, (bool)settings["Metrics"]!["NeedsToken"]!));
        var stop = Duration.Seconds((string)settings["Node"]!["ShutdownGrace"]!)
            + Duration.Seconds((string)settings["Node"]!["DrainDelay"]!) + 30;
        Assert.InRange(Duration.Seconds((string)mail["stop_grace_period"]!), stop, stop + 30);

        var postgres = ComposeFile.Service("postgres")["environment"]!;
        var user = (string)postgres["POSTGRES_USER"]!;
        var connection = JsonNode.Parse(text)!["Storage"]!;
        Assert.Equal($"Host=postgres;Database={user};Username={user}", (string?)connection["ConnectionString"]);
        Assert.Equal(Path.GetFileName((string)postgres["POSTGRES_PASSWORD_FILE"]!), Path.GetFileName((string)connection["PasswordFile"]!));
    }

    [Fact]
    public async Task Prometheus_accepts_its_files_and_scrapes_all_nodes()
    {
        const string place = "/etc/prometheus/";
        using var folder = new TempFolder("prometheus");
        foreach (var (target, file) in ComposeFile.Mounts("prometheus"))
        {
            Assert.StartsWith(place, target, StringComparison.Ordinal);
            File.Copy(file, folder[target[place.Length..]]);
        }

        var result = await Tool.RunAsync("promtool", folder.FullPath, "check", "config", folder["prometheus.yml"]);
        Assert.True(
            result.ExitCode == 0 && result.Output.Contains("1 rule files found", StringComparison.Ordinal), result.Output + result.Errors);

        var job = Assert.Single(YamlText.ToJson(await File.ReadAllTextAsync(folder["prometheus.yml"]))!["scrape_configs"]!.AsArray())!;
        Assert.Contains(
            $"job=\"{(string)job["job_name"]!}\"", await File.ReadAllTextAsync(folder["alerts.yaml"]), StringComparison.Ordinal);
        var discovery = Assert.Single(job["dns_sd_configs"]!.AsArray())!;
        Assert.Equal(["mail"], Texts(discovery["names"]));
        Assert.Equal(ComposeFile.Ports("mail")[1], (int)discovery["port"]!);
    }

    [Fact]
    public void Grafana_finds_the_data_source_and_the_dashboard()
    {
        const string provisioning = "/etc/grafana/provisioning/";
        var mounts = ComposeFile.Mounts("grafana");
        var source = Assert.Single(Provisioned(mounts, provisioning + "datasources/")["datasources"]!.AsArray())!;
        Assert.Equal("prometheus", (string?)source["type"]);
        Assert.Equal($"http://prometheus:{Assert.Single(ComposeFile.Ports("prometheus"))}", (string?)source["url"]);
        Assert.True((bool?)source["isDefault"]);

        var provider = Assert.Single(Provisioned(mounts, provisioning + "dashboards/")["providers"]!.AsArray())!;
        Assert.Equal("file", (string?)provider["type"]);
        var folder = (string)provider["options"]!["path"]! + "/";
        var dashboard = Assert.Single(mounts, each => each.Key.StartsWith(folder, StringComparison.Ordinal)).Value;
        Assert.NotEmpty(JsonNode.Parse(File.ReadAllText(dashboard))!["panels"]!.AsArray());
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "k8s", "grafana.json")), File.ReadAllText(dashboard));
    }

    private static JsonNode Provisioned(IReadOnlyDictionary<string, string> mounts, string folder) =>
        YamlText.ToJson(File.ReadAllText(Assert.Single(mounts, each => each.Key.StartsWith(folder, StringComparison.Ordinal)).Value))!;

    private static IEnumerable<string> Texts(JsonNode? list, string? property = null) =>
        (list?.AsArray() ?? []).Select(each => (string)(property is null ? each : each![property])!);

    private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> actual) =>
        Assert.Equal(expected.Order(), actual.Distinct().Order());

    [GeneratedRegex(@"^\$\{[A-Z]+_IMAGE:-[a-z/]+:[a-z0-9.]+\}$")]
    private static partial Regex ImageWithTag();
}

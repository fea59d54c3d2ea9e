using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using k8s.Models;
using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Kubernetes.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Kubernetes.Tests.Rules;

/// <summary>The rendered configuration and environment of each pod, given to the real executable.</summary>
public sealed class ConfigurationTests
{
    private const string Secrets = "/run/secrets";

    public static TheoryData<string> Examples => [.. Chart.Examples];

    [ToolTheory]
    [MemberData(nameof(Examples))]
    public async Task Program_accepts_the_configuration_of_each_pod(string example)
    {
        var manifest = await Chart.RenderAsync(example);
        var pods = manifest.Pods.Where(pod => pod.Spec.Volumes.Any(volume => volume.Name == "config")).ToList();
        Assert.NotEmpty(pods);
        foreach (var (owner, _, spec) in pods)
        {
            using var folder = new TempFolder("secrets");
            var configuration = NodeConfiguration.Of(manifest, spec);
            WriteSecrets(folder, configuration);
            var result = await RunAsync(folder, configuration, spec.Containers[0], "check");
            Assert.True(result.ExitCode == 0, $"{owner}: {result.Errors}");
            var effective = JsonNode.Parse(result.Output)!;
            var isSingle = owner.EndsWith("-single", StringComparison.Ordinal);
            Assert.Equal(isSingle ? "sqlite" : "postgres", (string?)effective["Storage"]!["Provider"]);
            if (spec.Containers[0].Args[0] == "serve" && !isSingle) Assert.Equal("127.0.0.1", (string?)effective["Cluster"]!["Host"]);
        }
    }

    [ToolFact]
    public async Task Node_of_the_mode_single_takes_the_message_of_the_chart_test()
    {
        var manifest = await Chart.RenderAsync("single");
        var pod = Assert.Single(manifest.Nodes);
        using var folder = new TempFolder("single");
        var configuration = NodeConfiguration.Of(manifest, pod.Spec);
        WriteSecrets(folder, configuration);
        configuration["Storage"]!["Path"] = folder["data"];
        configuration["Listeners"]![0]!["Endpoint"] = "127.0.0.1:0";
        configuration["Admin"]!["Endpoint"] = "127.0.0.1:0";
        configuration["Cluster"] = new JsonObject { ["Port"] = 0 };
        configuration["Log"]!["Format"] = "text";
        await using var node = ProcessHost.Start(new ProcessSpec(
            "dotnet", [Repository.NodeAssembly, .. Arguments(folder, configuration, pod.Spec.Containers[0].Args)]));
        await node.WaitForLineAsync(" ready ", TimeSpan.FromSeconds(60));
        var line = await node.WaitForLineAsync("admin listening", TimeSpan.FromSeconds(1));
        var endpoint = line[(line.IndexOf("127.0.0.1:", StringComparison.Ordinal))..].Split(' ')[0];

        var test = Assert.Single(manifest.All<V1Pod>()).Spec.Containers.Single();
        Assert.Equal(["POSTFLEET_ENDPOINT", "POSTFLEET_TOKEN"], test.Env.Select(each => each.Name).Where(name => name[0] == 'P'));
        var sent = await Tool.RunAsync(
            "dotnet", folder.FullPath, new Dictionary<string, string> { ["POSTFLEET_ENDPOINT"] = endpoint, ["POSTFLEET_TOKEN"] = Token },
            [Repository.NodeAssembly, .. test.Args]);
        Assert.True(sent.ExitCode == 0, sent.Output + sent.Errors);
        await node.WaitForLineAsync("outcome", TimeSpan.FromSeconds(30));
    }

    private static string Token => new('t', 48);

    private static async Task<ToolResult> RunAsync(TempFolder folder, JsonObject configuration, V1Container container, string verb)
    {
        Dictionary<string, string> environment = [];
        foreach (var variable in container.Env) environment[variable.Name] = variable.Value ?? Field(variable.ValueFrom.FieldRef.FieldPath);
        return await Tool.RunAsync(
            "dotnet", folder.FullPath, environment,
            [Repository.NodeAssembly, verb, .. Arguments(folder, configuration, container.Args).Skip(1)]);
    }

    private static string Field(string path) => path switch
    {
        "status.podIP" => "127.0.0.1",
        _ => throw new ArgumentException($"no value for {path}", nameof(path)),
    };

    // The arguments with the configuration in the folder of the test.
    private static IEnumerable<string> Arguments(TempFolder folder, JsonObject configuration, IEnumerable<string> arguments)
    {
        var text = configuration.ToJsonString().Replace(Secrets, folder.FullPath, StringComparison.Ordinal);
        File.WriteAllText(folder["postfleet.json"], text);
        return arguments.Select(each => each.EndsWith("postfleet.json", StringComparison.Ordinal) ? folder["postfleet.json"] : each);
    }

    // Each file that the configuration names, with content of its kind.
    private static void WriteSecrets(TempFolder folder, JsonObject configuration)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mail.example.org", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        foreach (var path in NodeConfiguration.Paths(configuration).Where(path => path.StartsWith(Secrets, StringComparison.Ordinal)))
        {
            var file = folder.FullPath + path[Secrets.Length..];
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, Path.GetExtension(path) switch
            {
                ".crt" => certificate.ExportCertificatePem(),
                ".key" => key.ExportPkcs8PrivateKeyPem(),
                // The seed of an Ed25519 key.
                ".pem" => Convert.ToBase64String(new byte[32]),
                _ when path.EndsWith("/sealing", StringComparison.Ordinal) => new string('s', 32),
                _ when path.Contains("/tokens/", StringComparison.Ordinal) => $"{Path.GetFileName(path)}-{Token}",
                _ => Token,
            });
        }
    }
}

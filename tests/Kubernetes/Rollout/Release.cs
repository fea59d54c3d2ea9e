using System.Text.Json.Nodes;
using k8s.Models;
using Postfleet.Kubernetes.Tests.Rendering;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>
/// A release of the chart as processes: what Helm renders runs in network namespaces, over a PostgreSQL with a password, under controllers
/// with the rules of Kubernetes.
/// </summary>
internal sealed class Release : IAsyncDisposable
{
    /// <summary>The number of mail hosts. Each has an address of its own, and is its own destination.</summary>
    public const int Sites = 8;

    private const string Password = "a;b='c \"d";

    // Of the time that a change of the endpoints may take within the chart's Node:DrainDelay of 5 s.
    private static readonly TimeSpan EndpointDelay = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, Workload> _workloads = [];
    private readonly NetworkNamespace _machine;
    private Manifest? _manifest;

    private Release(
        PodNetwork network, NetworkNamespace machine, PostgresServer postgres, string databaseHost, string database, SmtpSink sink)
    {
        _machine = machine;
        (Network, Postgres, Database, Sink) = (network, postgres, database, sink);
        Values = new JsonObject
        {
            ["config"] = new JsonObject
            {
                ["Node"] = new JsonObject { ["Hostname"] = "mail.test" },
                ["Relay"] = new JsonObject { ["TrustedNetworks"] = new JsonArray("127.0.0.0/8", PodNetwork.Cidr) },
                ["Queues"] = new JsonObject { ["FirstRetry"] = "2s", ["MaxRetry"] = "4s" },
                ["Routes"] = new JsonArray([.. Enumerable.Range(0, Sites).Select(site => new JsonObject
                {
                    ["Domain"] = $"*.s{site}.test", ["To"] = $"smtp://{PodNetwork.Site(site)}:{sink.Port}",
                })]),
            },
            ["database"] = new JsonObject
            {
                ["host"] = databaseHost,
                ["name"] = database,
                ["user"] = "postfleet",
                ["existingSecret"] = "postfleet-database",
                // Kerberos would look up names, and no DNS server is reached from the namespaces.
                ["parameters"] = new JsonObject { ["GSS Encryption Mode"] = "Disable" },
            },
            ["admin"] = new JsonObject { ["existingSecret"] = "postfleet-admin" },
        };
    }

    /// <summary>The network of the pods.</summary>
    public PodNetwork Network { get; }

    /// <summary>The database server.</summary>
    public PostgresServer Postgres { get; }

    /// <summary>The name of the database.</summary>
    public string Database { get; }

    /// <summary>The mail hosts.</summary>
    public SmtpSink Sink { get; }

    /// <summary>The Service for SMTP.</summary>
    public SmtpService Smtp { get; } = new(EndpointDelay);

    /// <summary>The values of the next <see cref="ApplyAsync"/>.</summary>
    public JsonObject Values { get; }

    /// <summary>The programs by the tag of the image; without a tag in the values, the tag is the version of the chart's program.</summary>
    public Dictionary<string, PodImage> Images { get; } = [];

    /// <summary>The contents of the secrets, by name and key.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; } = new Dictionary<string, string>
    {
        ["postfleet-database/password"] = Password,
        ["postfleet-admin/token"] = new('t', 48),
    };

    /// <summary>All pods, also those that have ended.</summary>
    public IEnumerable<Pod> Pods => _workloads.Values.SelectMany(workload => workload.Pods);

    /// <summary>Makes what the release needs: the network, the database and the mail hosts.</summary>
    public static async Task<Release> PrepareAsync()
    {
        var network = await PodNetwork.CreateAsync(Sites);
        var (machine, address) = await network.AddPodAsync("database");
        var postgres = await PostgresServer.StartNewAsync(machine, $"{address}");
        await postgres.RequirePasswordAsync("postfleet", Password);
        var database = new Npgsql.NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync()).Database!;
        var sink = new SmtpSink(new SinkOptions { Address = System.Net.IPAddress.Any });
        return new Release(network, machine, postgres, $"{address}", database, sink);
    }

    /// <summary>The domain of message n: one of 40, five of each site.</summary>
    public static string Domain(int n) => $"d{n % 40}.s{n % Sites}.test";

    /// <summary>
    /// Renders the chart with <see cref="Values"/> and brings all Deployments to it at once, as <c>helm upgrade --wait</c>.
    /// </summary>
    /// <param name="most">The most new pods of each Deployment after which the rollouts are left as they are.</param>
    public async Task ApplyAsync(int most = int.MaxValue)
    {
        using var folder = new TempFolder("values");
        await File.WriteAllTextAsync(folder["values.json"], Values.ToJsonString());
        var result = await Chart.TemplateAsync("-f", folder["values.json"]);
        if (result.ExitCode != 0) throw new InvalidOperationException(result.Errors);
        var manifest = _manifest = Manifest.Read(result.Output);
        var rollouts = manifest.All<V1Deployment>().Select(deployment =>
        {
            var template = new PodTemplate(deployment.Spec.Template.Metadata, deployment.Spec.Template.Spec, manifest);
            var name = deployment.Name();
            if (!_workloads.TryGetValue(name, out var workload)) _workloads[name] = workload = new Workload(this, name);
            return workload.ApplyAsync(deployment, template, most);
        }).ToList();
        await Task.WhenAll(rollouts);
    }

    /// <summary>Gives the pods of now to the Service.</summary>
    public void Publish()
    {
        var service = _manifest!.All<V1Service>().Single(each => each.Name().EndsWith("-smtp", StringComparison.Ordinal));
        Smtp.Publish(service, Pods.ToList());
    }

    /// <summary>Waits until the Service has a number of endpoints.</summary>
    public Task ServedAsync(int endpoints) =>
        Eventually.True(() => Smtp.Endpoints.Count == endpoints, EndpointDelay * 3, $"the Service has no {endpoints} endpoints");

    /// <summary>Waits until all pods that were asked to end have ended.</summary>
    public Task EndedAsync() => Task.WhenAll(_workloads.Values.Select(workload => workload.EndedAsync()));

    /// <summary>Rows of a table.</summary>
    public async Task<long> CountAsync(string table)
    {
        var settings = new Npgsql.NpgsqlConnectionStringBuilder(Postgres.AdminConnectionString) { Database = Database, Pooling = false };
        await using var connection = new Npgsql.NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand($"SELECT count(*) FROM \"{table}\"", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_workloads.Values.Select(workload => workload.DisposeAsync().AsTask()));
        await Sink.DisposeAsync();
        await Postgres.DisposeAsync();
        await _machine.DisposeAsync();
        await Network.DisposeAsync();
    }
}

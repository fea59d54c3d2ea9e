using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>Seven nodes, their PostgreSQL, and a sink that is the host of eight sites with five domains each.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    /// <summary>The number of sites of the sink. Each site has its own address and is therefore its own destination.</summary>
    public const int Sites = 8;

    /// <summary>The number of domains of the load.</summary>
    public const int Domains = 40;

    /// <summary>The nodes of a small fleet.</summary>
    public static readonly IReadOnlyList<(string Name, string Role)> OneOfEachRole =
        [("queue1", "queue"), ("delivery1", "delivery"), ("frontend1", "frontend")];

    private static int _loads;

    private readonly FleetStrangers? _strangers;

    private Fleet(PostgresServer postgres, string database, SmtpSink sink, PostfleetCluster cluster, FleetStrangers? strangers) =>
        (Postgres, Database, Sink, Cluster, _strangers) = (postgres, database, sink, cluster, strangers);

    public PostgresServer Postgres { get; }

    public string Database { get; }

    /// <summary>The connection string for <see cref="CountAsync"/>, if <see cref="Database"/> may lead to an outdated server.</summary>
    public string? CountedIn { get; set; }

    public SmtpSink Sink { get; }

    public PostfleetCluster Cluster { get; }

    public IReadOnlyList<PostfleetNode> Frontends => Cluster.With("frontend");

    public IReadOnlyList<PostfleetNode> QueueNodes => Cluster.With("queue");

    public IReadOnlyList<PostfleetNode> DeliveryNodes => Cluster.With("delivery");

    /// <summary>Starts a fleet.</summary>
    /// <param name="plan">Changes the cluster's plan.</param>
    /// <param name="configure">Changes the configuration of every node.</param>
    /// <param name="site">The address of each site; on loopback when not given.</param>
    /// <param name="sink">A sink instead of the sink with eight sites. The fleet disposes of it.</param>
    /// <param name="postgres">A server instead of a new one. The fleet disposes of it.</param>
    /// <param name="connection">Changes the connection string of the nodes.</param>
    public static async Task<Fleet> StartAsync(
        Func<ClusterPlan, ClusterPlan>? plan = null, Action<JsonObject>? configure = null,
        Func<int, IPAddress>? site = null, SmtpSink? sink = null, PostgresServer? postgres = null, Func<string, string>? connection = null)
    {
        postgres ??= await PostgresServer.StartNewAsync();
        sink ??= new SmtpSink(new SinkOptions { Address = IPAddress.Any, KeepContent = FleetStrangers.AreOn });
        site ??= n => IPAddress.Parse($"127.0.0.{10 + n}");
        var strangers = FleetStrangers.AreOn ? await FleetStrangers.StartAsync(site(0)) : null;
        try
        {
            var database = await postgres.CreateDatabaseAsync();
            database = connection?.Invoke(database) ?? database;
            var standard = new ClusterPlan
            {
                Database = database,
                Routes = Routes(sink, site),
                Configure = json =>
                {
                    json["Queues"] = new JsonObject { ["FirstRetry"] = "1s", ["MaxRetry"] = "2s" };
                    json["Node"]!["ShutdownGrace"] = "30s";
                    FleetUsers.Configure(json);
                    configure?.Invoke(json);
                    strangers?.Configure(json);
                },
            };
            var cluster = await PostfleetCluster.StartAsync(plan?.Invoke(standard) ?? standard);
            await FleetUsers.CreateAsync(cluster);
            if (strangers is not null) await FleetStrangers.ProveAsync(cluster);
            return new Fleet(postgres, database, sink, cluster, strangers);
        }
        catch
        {
            if (strangers is not null) await strangers.DisposeAsync();
            await sink.DisposeAsync();
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>The domain of message n of a load.</summary>
    public static string Domain(int n) => $"d{n % Domains}.s{n % Domains % Sites}.test";

    /// <summary>The site of a recipient or of a queue: the second label of its domain.</summary>
    public static int Site(string recipient) =>
        int.Parse(recipient.Split('@', ':')[^1].Split('.')[1].AsSpan(1), CultureInfo.InvariantCulture);

    /// <summary>
    /// Starts a load on both frontends, for all domains in turn unless <paramref name="recipient"/> chooses the recipients.
    /// </summary>
    public LoadClient Load(double rate, int messages = int.MaxValue, Func<int, string>? recipient = null) => LoadClient.Start(
        new LoadPlan(
            [.. Frontends.Select(Entry)],
            n => [recipient?.Invoke(n) ?? $"to@{Domain(n)}"])
        {
            Login = FleetUsers.AreOn ? FleetUsers.Login : null,
            IdPrefix = $"load{Interlocked.Increment(ref _loads)}",
            Rate = rate,
            Messages = messages,
            Sessions = 20,
            Octets = 1024,
            MessagesPerConnection = 25,
        });

    private static IPEndPoint Entry(PostfleetNode node) =>
        FleetStrangers.AreOn ? FleetStrangers.Listener(node) : FleetUsers.AreOn ? FleetUsers.Listener(node) : node.Spec.Place!.Relay;

    /// <summary>The current attempts in progress to some sites, as reported by the living queue nodes.</summary>
    public async Task<long> InFlightAsync(IReadOnlySet<int> sites)
    {
        // Counted by queue, because a node may report its own queues or all queues.
        var queues = new Dictionary<string, long>();
        foreach (var node in QueueNodes.Where(node => node.IsRunning))
        {
            foreach (var queue in (await node.GetAsync("/api/v1/queues"))["queues"]!.AsArray())
            {
                var (key, inFlight) = (queue!["key"]!.GetValue<string>(), queue["inFlight"]!.GetValue<long>());
                queues[key] = Math.Max(inFlight, queues.GetValueOrDefault(key));
            }
        }

        return queues.Where(queue => sites.Contains(Site(queue.Key))).Sum(queue => queue.Value);
    }

    /// <summary>The sites of a delivery node: the sites whose last message came from the node.</summary>
    public IReadOnlySet<int> SitesOf(PostfleetNode sender) => Sink.Messages
        .GroupBy(message => Site(message.Recipients[0]))
        .Where(site => site.MaxBy(message => message.At)!.Client == $"{sender.Spec.Name}.test").Select(site => site.Key).ToHashSet();

    /// <summary>Rows in a table of the spool.</summary>
    public async Task<long> CountAsync(string table, string condition = "true")
    {
        await using var connection = new NpgsqlConnection((CountedIn ?? Database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM \"{table}\" WHERE {condition}", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The waiting parts of the spool as text, 20 at most.</summary>
    public async Task<string> ListPartsAsync()
    {
        await using var connection = new NpgsqlConnection((CountedIn ?? Database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT string_agg(part::text, E'\n') FROM (SELECT * FROM part LIMIT 20) AS part", connection);
        return await command.ExecuteScalarAsync() as string ?? "no part";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        if (_strangers is not null) await _strangers.DisposeAsync();
        await Sink.DisposeAsync();
        await Postgres.DisposeAsync();
    }

    /// <summary>Routes that lead the domains below each site's name to its address.</summary>
    private static IReadOnlyList<(string Domain, string To)> Routes(SmtpSink sink, Func<int, IPAddress> address) =>
        [.. Enumerable.Range(0, Sites).Select(site => ($"*.s{site}.test", $"smtp://{address(site)}:{sink.Port}"))];
}

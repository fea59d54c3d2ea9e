using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Postfleet.Testing;

/// <summary>
/// The built node as a process, with a configuration file and a data folder that survive restarts. The bound addresses come from the node's
/// log.
/// </summary>
public sealed partial class PostfleetNode(NodeSpec spec) : IAsyncDisposable
{
    private const string RecoveredText = "queue recovered ";
    private const string ListeningText = " listening service=";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new("node");
    private readonly HttpClient _http = Client(spec.Place?.AdminToken ?? "");
    private ChildProcess? _process;

    /// <summary>The settings of the node.</summary>
    public NodeSpec Spec => spec;

    /// <summary>Whether there is a process.</summary>
    public bool IsRunning => _process is { Exited.IsCompleted: false };

    /// <summary>Whether there is or was a process.</summary>
    public bool WasStarted => _process is not null;

    /// <summary>The current or last process.</summary>
    public ChildProcess Process => _process ?? throw new InvalidOperationException("the node has not been started");

    /// <summary>The endpoint of the relay listener. The port changes with each start.</summary>
    public IPEndPoint Relay { get; private set; } = new(IPAddress.None, 0);

    /// <summary>The endpoints of all listeners, in the order of the configuration.</summary>
    public IReadOnlyList<IPEndPoint> Listeners { get; private set; } = [];

    /// <summary>The endpoint of the admin API.</summary>
    public IPEndPoint Admin { get; private set; } = new(IPAddress.None, 0);

    /// <summary>The folder of the node's storage.</summary>
    public string Data => _folder["data"];

    /// <summary>
    /// The number of attempts in flight at the end of the previous process, from the log lines of recovered queues. It is complete when all
    /// queues with mail have recovered.
    /// </summary>
    public int InFlightAtRecovery =>
        Process.Kept.Sum(line => int.Parse(InFlight().Match(line).Groups[1].Value, CultureInfo.InvariantCulture));

    /// <summary>The number of queues with mail that have recovered since a time.</summary>
    public int RecoveredSince(DateTimeOffset moment) =>
        Process.Kept.Count(line => DateTimeOffset
            .Parse(line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture) >= moment);

    /// <summary>Starts the process and waits until it is ready for mail.</summary>
    public Task StartAsync() => StartAsync(StartLimit);

    /// <inheritdoc cref="StartAsync()"/>
    public async Task StartAsync(TimeSpan timeout)
    {
        Launch();
        if (spec.Roles.Contains("frontend")) Relay = Address(await Process.WaitForLineAsync($"{ListeningText}relay ", timeout));
        Admin = Address(await Process.WaitForLineAsync("admin listening ", timeout));
        await WaitReadyAsync(timeout);
        Listeners = [.. Process.Output.Where(line => line.Contains(ListeningText, StringComparison.Ordinal)).Select(Address)];
    }

    /// <summary>Starts the process with additional arguments and does not wait, for starts that fail.</summary>
    public ChildProcess Launch(params string[] arguments)
    {
        if (_process is { Exited.IsCompleted: false })
        {
            throw new InvalidOperationException("the node runs");
        }

        var file = _folder["postfleet.json"];
        File.WriteAllText(file, NodeConfiguration.Write(spec, Data));
        var process = new ProcessSpec("dotnet", [Repository.Program, "serve", "--config", file, .. arguments])
        {
            Name = spec.Name,
            Folder = _folder.FullPath,
            Environment = spec.Environment,
            Keep = line => line.Contains(RecoveredText, StringComparison.Ordinal),
            LinesHeld = spec.LinesHeld,
            Surroundings = () => NodeNeighbours.Logs(this),
        };
        process = spec.Wrap?.Invoke(process, Data) ?? process;
        _process = ProcessHost.Start(spec.Place?.Network?.Inside(process) ?? process);
        NodeNeighbours.Add(this);
        return _process;
    }

    /// <summary>Writes the configuration file again, with changes. The process does not notice by itself.</summary>
    public void Rewrite(Action<JsonObject> change)
    {
        var json = JsonNode.Parse(NodeConfiguration.Write(spec, Data))!.AsObject();
        change(json);
        File.WriteAllText(_folder["postfleet.json"], json.ToJsonString());
    }

    /// <summary>Waits until <c>/healthz/ready</c> answers 200.</summary>
    public Task WaitReadyAsync() => WaitReadyAsync(StartLimit);

    /// <inheritdoc cref="WaitReadyAsync()"/>
    public async Task WaitReadyAsync(TimeSpan timeout)
    {
        var last = "no answer";
        await Eventually.True(
            async () =>
            {
                using var answer = await TryGetAsync("/healthz/ready");
                last = answer is null ? "no answer" : await answer.Content.ReadAsStringAsync();
                return answer is { IsSuccessStatusCode: true };
            },
            timeout,
            () => Process.Failure($"not ready: {last}").Message);
    }

    /// <summary>The totals over all queues.</summary>
    public async Task<QueueTotals> QueuesAsync()
    {
        var answer = await GetAsync("/api/v1/queues");
        var total = answer["total"]!.AsObject();
        long Number(string name) => total[name]!.GetValue<long>();
        return new QueueTotals(Number("messages"), Number("recipients"), Number("due"), Number("deferred"), Number("inFlight"));
    }

    /// <summary>Waits until all queues are empty.</summary>
    public async Task WaitEmptyAsync(TimeSpan timeout)
    {
        QueueTotals? last = null;
        await Eventually.True(
            async () => (last = await QueuesAsync()) is { Messages: 0, Recipients: 0, InFlight: 0 },
            timeout,
            () => Process.Failure($"the queues still hold mail: {last}").Message);
    }

    /// <summary>The answer of <c>GET /api/v1/captured</c>.</summary>
    public Task<JsonNode> CapturedAsync() => GetAsync("/api/v1/captured");

    /// <summary>The octets of a captured message.</summary>
    public Task<byte[]> CapturedAsync(string id) => _http.GetByteArrayAsync(new Uri($"http://{Admin}/api/v1/captured/{id}"));

    /// <summary>The response of <c>/healthz/ready</c>; null when the node is ready.</summary>
    public async Task<string?> TroubleAsync()
    {
        using var answer = await _http.GetAsync(new Uri($"http://{Admin}/healthz/ready"));
        return answer.IsSuccessStatusCode ? null : await answer.Content.ReadAsStringAsync();
    }

    /// <summary>A JSON answer of the admin API.</summary>
    public async Task<JsonNode> GetAsync(string path) =>
        await _http.GetFromJsonAsync<JsonNode>(new Uri($"http://{Admin}{path}")) ?? throw new InvalidDataException($"{path} answered null");

    /// <summary>The node's name and address and its last log lines, without the lines that a node writes for each message.</summary>
    public string LogTail(int lines) =>
        $"--- {spec.Name} {spec.ClusterHost}{(IsRunning ? "" : " (ended)")}\n" +
        string.Join('\n', Process.Output.Where(IsWorthShowing).TakeLast(lines));

    /// <summary>SIGTERM; waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> TerminateAsync() => Process.TerminateAsync(StopLimit);

    /// <summary>SIGKILL; waits until the process is gone.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Stops the process with SIGTERM and starts it again with the same data.</summary>
    public async Task RestartAsync()
    {
        var code = await TerminateAsync();
        if (code != 0)
        {
            throw Process.Failure($"ended with code {code} after SIGTERM");
        }

        await StartAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        NodeNeighbours.Remove(this);
        if (_process is { } process)
        {
            await process.DisposeAsync();
        }

        _http.Dispose();
        _folder.Dispose();
    }

    // Null while nothing listens.
    private async Task<HttpResponseMessage?> TryGetAsync(string path)
    {
        if (Process.Exited.IsCompleted)
        {
            throw Process.Failure("ended before it was ready");
        }

        try
        {
            return await _http.GetAsync(new Uri($"http://{Admin}{path}"));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    private static bool IsWorthShowing(string line) =>
        !line.Contains(" info accepted ", StringComparison.Ordinal) && !line.Contains(" info settled ", StringComparison.Ordinal)
        && !line.Contains(" info delivered ", StringComparison.Ordinal) && !line.Contains(" info deferred ", StringComparison.Ordinal);

    private static HttpClient Client(string token)
    {
        var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        if (token.Length > 0)
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        return http;
    }

    private static IPEndPoint Address(string line) =>
        IPEndPoint.Parse(EndPointField().Match(line) is { Success: true } found
            ? found.Groups[1].Value
            : throw new FormatException($"no endpoint in '{line}'"));

    [GeneratedRegex(@"\bendpoint=""?([^\s""]+)")]
    private static partial Regex EndPointField();

    [GeneratedRegex(@"\binFlight=(\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex InFlight();
}

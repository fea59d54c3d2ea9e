using System.Diagnostics;
using System.Net;
using Postfleet.Testing;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>
/// A pod: the program of its image in a network namespace of its own, with the arguments, environment and files of its template, and the
/// probes of the kubelet. Its end is that of Kubernetes: SIGTERM, and SIGKILL after the grace.
/// </summary>
internal sealed class Pod : IAsyncDisposable
{
    private const int MaxRestarts = 3;

    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);

    private readonly NetworkNamespace _network;
    private readonly PodMounts _mounts;
    private readonly ProcessSpec _program;
    private readonly CancellationTokenSource _probes = new();
    private readonly Action _changed;
    private readonly Task _probing;
    private volatile ChildProcess _process;
    private long _readySince;
    private int _restarts;

    private Pod(
        string name, PodTemplate template, NetworkNamespace network, IPAddress address, PodMounts mounts, ProcessSpec program,
        Action changed)
    {
        (Name, Template, _network, Address, _mounts, _program, _changed) = (name, template, network, address, mounts, program, changed);
        _process = ProcessHost.Start(program);
        _probing = Task.WhenAll(
            new ProbeLoop(
                template.Spec.Containers[0], new Uri($"http://{address}:{template.Port("admin")}"), SetReady,
                problem => Problem ??= problem).RunAsync(_probes.Token),
            WatchAsync());
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The template of which it was made.</summary>
    public PodTemplate Template { get; }

    /// <summary>The address.</summary>
    public IPAddress Address { get; }

    /// <summary>Whether the readiness probe succeeds.</summary>
    public bool IsReady => Volatile.Read(ref _readySince) != 0;

    /// <summary>Whether its end was asked for.</summary>
    public bool IsTerminating { get; private set; }

    /// <summary>What Kubernetes would not have let pass: an end unasked, a failed probe, SIGKILL, another exit code than 0.</summary>
    public string? Problem { get; private set; }

    /// <summary>The time from SIGTERM to the end of the process; null before.</summary>
    public TimeSpan? Stopped { get; private set; }

    /// <summary>The last lines of the log.</summary>
    public IReadOnlyList<string> Log => _process.Output;

    /// <summary>Whether the pod has been ready for a time.</summary>
    public bool IsAvailable(TimeSpan minReady) =>
        !IsTerminating && Volatile.Read(ref _readySince) is var since and not 0 && Stopwatch.GetElapsedTime(since) >= minReady;

    /// <summary>Starts a pod.</summary>
    /// <param name="release">The release with network, images and secrets.</param>
    /// <param name="name">The name.</param>
    /// <param name="template">The template.</param>
    /// <param name="changed">Called when the pod becomes ready or unready, or begins to end.</param>
    public static async Task<Pod> StartAsync(Release release, string name, PodTemplate template, Action changed)
    {
        var (network, address) = await release.Network.AddPodAsync(name);
        var image = release.Images[template.Tag];
        var mounts = new PodMounts(template.Spec, template.Manifest, release.Secrets, $"{address}", image);
        var program = network.Inside(new ProcessSpec(
            "dotnet", [image.Assembly, .. template.Spec.Containers[0].Args.Select(mounts.Placed)])
        {
            Name = name,
            Folder = mounts.Temporary,
            Environment = new Dictionary<string, string>(template.Environment($"{address}")) { ["TMPDIR"] = mounts.Temporary },
            LinesHeld = 5_000,
        });
        return new Pod(name, template, network, address, mounts, program, changed);
    }

    /// <summary>Asks for the end, and kills the process after the grace.</summary>
    public async Task TerminateAsync()
    {
        IsTerminating = true;
        _changed();
        var clock = Stopwatch.StartNew();
        _process.Send(Signal.Terminate);
        if (await Task.WhenAny(_process.Exited, Task.Delay(Template.Grace)) != _process.Exited)
        {
            Problem = $"SIGKILL after the grace of {Template.Grace.TotalSeconds:0} s";
            _process.Send(Signal.Kill);
        }

        var code = await _process.Exited;
        Stopped = clock.Elapsed;
        if (code != 0) Problem ??= $"exit code {code}";
        await _probes.CancelAsync();
    }

    /// <summary>An exception with a problem and the end of the log.</summary>
    public InvalidOperationException Failure(string problem) => _process.Failure(problem);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IsTerminating = true;
        await _probes.CancelAsync();
        await _process.DisposeAsync();
        await _probing;
        await _network.DisposeAsync();
        _mounts.Dispose();
        _probes.Dispose();
    }

    private void SetReady(bool isReady)
    {
        if (isReady == IsReady) return;
        Volatile.Write(ref _readySince, isReady ? Stopwatch.GetTimestamp() : 0);
        _changed();
    }

    // The kubelet starts an ended container again. That is a problem only once the pod was ready: a start may fail while the database does
    // not answer in time.
    private async Task WatchAsync()
    {
        while (true)
        {
            var code = await _process.Exited;
            if (IsTerminating) return;
            if (IsReady || ++_restarts > MaxRestarts)
            {
                Problem ??= $"ended unasked with code {code}: {string.Join(' ', _process.Errors)}";
                SetReady(false);
                return;
            }

            await Task.Delay(RestartPause);
            _process = ProcessHost.Start(_program);
        }
    }
}

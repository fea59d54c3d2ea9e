using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>A release under load, and the verdict about its mail and its pods at the end.</summary>
internal sealed class RolloutRun : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly ITestOutputHelper _output;
    private readonly ConcurrentDictionary<string, int> _seen = new();
    private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();
    private volatile bool _isOneSiteClosed;
    private ServiceLoad? _load;

    private RolloutRun(Release release, ITestOutputHelper output)
    {
        (Release, _output) = (release, output);
        release.Sink.Script = Answer;
    }

    /// <summary>Whether the run has the size of the promises (<c>POSTFLEET_TEST_FULL=1</c>).</summary>
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("POSTFLEET_TEST_FULL") == "1";

    /// <summary>The release.</summary>
    public Release Release { get; }

    /// <summary>The clients.</summary>
    public ServiceLoad Load => _load ?? throw new InvalidOperationException("no load yet");

    /// <summary>Whether a mail host defers all its mail, so that it waits in the queues.</summary>
    public bool IsOneSiteClosed
    {
        set => _isOneSiteClosed = value;
    }

    /// <summary>Prepares a release with the chart's settings; small runs wait less for each pod.</summary>
    public static async Task<RolloutRun> PrepareAsync(ITestOutputHelper output)
    {
        var run = new RolloutRun(await Release.PrepareAsync(), output);
        if (!IsFull) run.Release.Values["pods"] = new JsonObject { ["minReadySeconds"] = 1 };
        return run;
    }

    /// <summary>Runs a step and notes its time and what clients saw meanwhile.</summary>
    public async Task StepAsync(string name, Func<Task> step)
    {
        var (begun, failures, closed) = (_clock.Elapsed, _load?.Failures.Count ?? 0, _load?.Closed ?? 0);
        try
        {
            await step();
        }
        catch
        {
            foreach (var pod in Release.Pods)
                _output.WriteLine($"--- {pod.Name} {pod.Address}\n{string.Join('\n', pod.Log.Where(IsWorthShowing).TakeLast(60))}");
            throw;
        }

        _output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {(_clock.Elapsed - begun).TotalSeconds:0.0} s, {(_load?.Failures.Count ?? 0) - failures} failures of clients, " +
            $"{(_load?.Closed ?? 0) - closed} kept connections closed"));
    }

    /// <summary>Installs, and starts the load.</summary>
    public async Task InstallAsync()
    {
        await Release.ApplyAsync();
        await Release.ServedAsync(endpoints: 2);
        _load = new ServiceLoad(Release.Smtp, IsFull ? 100 : 40, n => $"m{n}@{Release.Domain(n)}");
        await FlowAsync();
    }

    /// <summary>Lets mail flow for some seconds.</summary>
    public Task FlowAsync() => Load.FurtherAsync(IsFull ? 1_500 : 100);

    /// <summary>Ends the load and asserts that all acknowledged mail arrived once and that each pod ended in order.</summary>
    /// <param name="row">The words of the row in the table of results.</param>
    /// <param name="mayFail">Whether clients may have seen failures, at programs that close their listener at once.</param>
    public async Task AssertAsync(string row, bool mayFail)
    {
        IsOneSiteClosed = false;
        await Load.StopAsync();
        await Release.EndedAsync();
        var missing = Load.Acknowledged.Values.ToList();
        await Eventually.True(
            async () =>
            {
                missing.RemoveAll(sent => Release.Sink.Count(sent.Id, sent.Recipients[0]) > 0);
                return missing.Count == 0 && (await Release.CountAsync("part"), await Release.CountAsync("message")) == (0, 0);
            },
            Limit, () => $"{missing.Count} messages are missing, first {missing.FirstOrDefault()}");
        var arrivals = Release.Sink.Messages.Count;
        var repeats = Release.Sink.Repeated;
        var stopped = Release.Pods.Where(pod => pod.Stopped is not null).ToList();
        var report = string.Create(CultureInfo.InvariantCulture,
            $"| {row} | {Load.Acknowledged.Count} | {missing.Count} | {Release.Sink.Duplicates} | {Load.Failures.Count} | " +
            $"{Load.Closed} | {stopped.Count} | {stopped.Max(pod => pod.Stopped!.Value.TotalSeconds):0.0} | " +
            $"{_clock.Elapsed.TotalSeconds:0} |");
        _output.WriteLine(report);
        if (Environment.GetEnvironmentVariable("POSTFLEET_TEST_RESULTS") is { Length: > 0 } file)
            await File.AppendAllTextAsync(file, report + "\n");
        foreach (var failure in Load.Failures.Take(20)) _output.WriteLine(failure);
        Assert.All(Release.Pods, pod => Assert.True(pod.Problem is null, $"{pod.Name}: {pod.Problem}"));
        Assert.True(repeats.Count == 0, $"{repeats.Count} of {arrivals} arrivals were repeats: {string.Join(", ", repeats.Keys.Take(5))}");
        if (!mayFail) Assert.Empty(Load.Failures);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_load is not null) await _load.DisposeAsync();
        await Release.DisposeAsync();
    }

    private static bool IsWorthShowing(string line) =>
        !line.Contains("\"messageId\"", StringComparison.Ordinal);

    // One site defers each recipient once, so that its mail is tried again, and one may be closed.
    private SinkAction Answer(SinkStep step)
    {
        if (step.Stage != SinkStage.Recipient) return SinkAction.Accept;
        var isDeferred = (_isOneSiteClosed && step.Line.Contains(".s7.", StringComparison.Ordinal))
            || (step.Line.Contains(".s6.", StringComparison.Ordinal) && _seen.AddOrUpdate(step.Line, 1, (_, n) => n + 1) == 1);
        return isDeferred ? SinkAction.Reply("450 4.2.1 later") : SinkAction.Accept;
    }
}

using System.Globalization;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// What the tests of one fault have in common: the logs of all nodes go to the test's output when it fails, and the results, as rows of a
/// table, to the file that
/// <c>POSTFLEET_TEST_RESULTS</c> names.
/// </summary>
public abstract class Scenario(ITestOutputHelper output)
{
    private const int LinesShown = 80;

    private static readonly Dictionary<SteadyFailureKind, string> Words = new()
    {
        [SteadyFailureKind.Refused] = "refused connections",
        [SteadyFailureKind.Closing] = "`421`",
        [SteadyFailureKind.Reply] = "other `4xx`",
        [SteadyFailureKind.Dropped] = "broken before the final dot",
        [SteadyFailureKind.InDoubt] = "broken after it",
    };

    /// <summary>
    /// The share of the promise that a test waits for: whatever it is that comes, it comes within this time on a slow machine.
    /// </summary>
    private protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(TestSize.Choose(90, 300));

    /// <summary>
    /// The promise: a dead node's queues deliver again within 30 s; full runs, which have a machine of their own, hold it to that.
    /// </summary>
    private protected static readonly TimeSpan FailOver = TestSize.IsFull ? TimeSpan.FromSeconds(30) : Limit;

    private protected ITestOutputHelper Output => output;

    /// <summary>Runs a test; what it prints when it fails tells what every node did.</summary>
    private protected async Task RunAsync(Fleet fleet, Func<Task> test)
    {
        try
        {
            await test();
            fleet.Cluster.SaveLogs();
        }
        catch
        {
            output.WriteLine(fleet.Cluster.Logs(LinesShown));
            throw;
        }
    }

    /// <summary>What failed the clients of a load, counted by kind.</summary>
    private protected static string Counts(SteadyLoad load)
    {
        var kinds = load.Failures.GroupBy(failure => failure.Kind).OrderBy(kind => kind.Key)
            .Select(kind => $"{kind.Count()} {Words[kind.Key]}").ToList();
        return kinds.Count == 0 ? "no attempt of a client failed" : $"attempts of clients that failed: {string.Join(", ", kinds)}";
    }

    /// <summary>Adds a row to the results.</summary>
    /// <param name="fault">What was done.</param>
    /// <param name="verdict">What became of the mail.</param>
    /// <param name="again">How long mail did not flow to the domain that had to wait longest.</param>
    /// <param name="remarks">What else was counted.</param>
    private protected void Report(string fault, Verdict verdict, TimeSpan? again, string remarks)
    {
        var seconds = again is { } time ? time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) : "-";
        var row = $"| {fault} | {verdict.Acknowledged} | {verdict.Lost.Count} | {verdict.Repeats.Count} | {seconds} | {remarks} |";
        output.WriteLine(row);
        if (Environment.GetEnvironmentVariable("POSTFLEET_TEST_RESULTS") is { Length: > 0 } file)
        {
            File.AppendAllText(file, row + "\n");
        }
    }
}

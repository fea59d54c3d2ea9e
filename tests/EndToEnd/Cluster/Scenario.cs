using System.Globalization;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// The common frame of fault tests. After a failure the logs of all nodes go to the test's output. The results go, as rows of a table, to
/// the file named by <c>POSTFLEET_TEST_RESULTS</c>.
/// </summary>
public abstract class Scenario(ITestOutputHelper output)
{
    private const int LinesShown = 80;

    private static readonly Dictionary<LoadFailureKind, string> Words = new()
    {
        [LoadFailureKind.Refused] = "refused connections",
        [LoadFailureKind.Closing] = "`421`",
        [LoadFailureKind.Reply] = "other `4xx`",
        [LoadFailureKind.Dropped] = "broken before the final dot",
        [LoadFailureKind.InDoubt] = "broken after it",
    };

    /// <summary>The longest wait of a test for any event, long enough for a slow machine.</summary>
    private protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(TestSize.Choose(90, 300));

    /// <summary>
    /// The promise: a dead node's queues deliver again within 30 s. Only full runs, which have a machine of their own, enforce it.
    /// </summary>
    private protected static readonly TimeSpan FailOver = TestSize.IsFull ? TimeSpan.FromSeconds(30) : Limit;

    private protected ITestOutputHelper Output => output;

    /// <summary>Runs a test, and prints the logs of all nodes if it fails.</summary>
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

    /// <summary>The number of failures of a load, by kind.</summary>
    private protected static string Counts(LoadClient load)
    {
        var kinds = load.Failures.GroupBy(failure => failure.Kind).OrderBy(kind => kind.Key)
            .Select(kind => $"{kind.Count()} {Words[kind.Key]}").ToList();
        return kinds.Count == 0 ? "no attempt of a client failed" : $"attempts of clients that failed: {string.Join(", ", kinds)}";
    }

    /// <summary>Adds a row to the results.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="verdict">The fate of the mail.</param>
    /// <param name="again">The longest interruption of a domain.</param>
    /// <param name="remarks">Further counts.</param>
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

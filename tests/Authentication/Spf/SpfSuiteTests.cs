using System.Net;
using Postfleet.Authentication.Spf;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Spf;

/// <summary>The public test suites for RFC 7208 and for its predecessor RFC 4408 (Data, with their licences).</summary>
public sealed class SpfSuiteTests(ITestOutputHelper output)
{
    [Fact]
    public async Task All_tests_of_the_suite_for_rfc_7208_pass() => Assert.Equal(203, await RunAsync("rfc7208-tests.yml"));

    [Fact]
    public async Task All_tests_of_the_suite_for_rfc_4408_pass() => Assert.Equal(191, await RunAsync("rfc4408-tests.yml"));

    private async Task<int> RunAsync(string file)
    {
        var failures = new List<string>();
        var tests = SpfSuite.Load(file);
        foreach (var test in tests)
        {
            var outcome = await new SpfEvaluator(test.Zone).CheckAsync(
                new SpfRequest(IPAddress.Parse(test.Client), test.Helo, test.ReversePath, "receiver.example"), DateTimeOffset.UnixEpoch,
                CancellationToken.None);
            var result = ReceivedSpf.Word(outcome.Result);
            if (!test.Results.Contains(result))
                failures.Add($"{test.Name}: {result} ({outcome.Problem}{outcome.Mechanism}), expected {string.Join(" or ", test.Results)}");
            else if (test.Explanation is not null && test.Explanation != (outcome.Explanation ?? "DEFAULT"))
                failures.Add($"{test.Name}: explanation '{outcome.Explanation}', expected '{test.Explanation}'");
        }

        output.WriteLine($"{file}: {tests.Count - failures.Count} of {tests.Count} tests passed");
        Assert.Empty(failures);
        return tests.Count;
    }
}

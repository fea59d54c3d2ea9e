using System.Globalization;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>A site that says that mail comes too fast gets it more slowly, and all of it once.</summary>
[Collection(SharedFaultNodeTests.Name)]
public sealed class ThrottleTests(SharedFaultNode shared, ITestOutputHelper output)
{
    private const int Messages = 60;
    private const int PerSecond = 5;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_site_that_throttles_at_an_unknown_rate_is_slowed_and_gets_all_mail_once()
    {
        await using var given = await shared.TakeAsync();
        using var http = new HttpClient();
        var metrics = new Uri($"http://{given.Node.Admin}/metrics");
        var before = await SlowedAsync(http, metrics);
        var (refused, second, taken) = (0, 0L, 0);
        var gate = new Lock();
        await using var sink = given.FirstSink(step =>
        {
            if (step.Stage != SinkStage.Mail) return SinkAction.Accept;
            lock (gate)
            {
                var now = Environment.TickCount64 / 1000;
                if (now != second) (second, taken) = (now, 0);
                if (++taken <= PerSecond) return SinkAction.Accept;
                refused++;
                return SinkAction.Reply("451 4.7.0 the rate limit is exceeded");
            }
        });
        for (var i = 0; i < Messages; i++) await given.SendAsync($"<{i}@x>", given.Sender, $"to@{given.Domain}");

        await Eventually.True(async () => await SlowedAsync(http, metrics) > before, Limit, "the site is slowed");
        await sink.WaitForAsync(Messages, Limit);
        await given.Node.WaitEmptyAsync(Limit);
        for (var i = 0; i < Messages; i++) Assert.Equal(1, sink.Count($"<{i}@x>", $"to@{given.Domain}"));
        output.WriteLine($"{Messages} messages, {refused} refused attempts");
        await given.ReturnAsync(Limit);
    }

    private static async Task<long> SlowedAsync(HttpClient http, Uri metrics) => (await http.GetStringAsync(metrics)).Split('\n')
        .Where(line => line.StartsWith("postfleet_shaping_steps_total", StringComparison.Ordinal)
            && line.Contains("step=\"slowed\"", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
}

using System.Diagnostics;
using System.Text.Json;

namespace Postfleet.Load;

/// <summary>One run: compiles what is hot, sends, waits until the sink has what was accepted, reports.</summary>
internal sealed class Run(Plan plan, Sink sink, DnsResponder dns)
{
    // From the source straight to the sink, so that the runtime has compiled the tool's code before the clock starts.
    private const int WarmUp = 3000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    // How long copies that nobody ordered are waited for.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);

    /// <summary>Prints the result. False when messages were not accepted, are missing, or came twice.</summary>
    public async Task<bool> RunAsync(TextWriter output)
    {
        var warm = plan with { Port = plan.SinkPort, Messages = WarmUp, Sessions = Math.Min(plan.Sessions, 20) };
        await SendAsync(warm, new Source(warm, NewLedger(warm)));
        var ledger = NewLedger(plan);
        var source = new Source(plan, ledger);
        GC.Collect();
        var (connections, queries) = (sink.Connections, dns.Queries);
        var (cpu, started) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await SendAsync(plan, source);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        await Task.Delay(Settle);

        var accepted = ledger.Accepted;
        await output.WriteLineAsync(JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["messages"] = plan.Messages,
            ["accepted"] = Rate(accepted, started, ledger.LastAccepted),
            ["end_to_end"] = Rate(ledger.Completed, started, ledger.LastArrived),
            ["accept_ms"] = Shares(ledger.Accepting),
            ["deliver_ms"] = Shares(ledger.Delivering),
            ["refused"] = source.Refused,
            ["unanswered"] = plan.Messages - accepted - source.Refused,
            ["missing"] = ledger.Missing,
            ["duplicates"] = ledger.Duplicates,
            ["foreign"] = ledger.Foreign,
            ["failed_connects"] = source.FailedConnects,
            ["broken"] = source.Broken,
            ["fault"] = source.FirstFault,
            ["sink_connections"] = sink.Connections - connections,
            ["dns_queries"] = dns.Queries - queries,
            ["tool_cpu_us"] = Math.Round(cpu.TotalMicroseconds / plan.Messages, 1),
        }));
        return accepted == plan.Messages && ledger.Missing == 0 && ledger.Duplicates == 0;
    }

    private Ledger NewLedger(Plan what)
    {
        var ledger = new Ledger(what.Messages, what.Recipients, (uint)Random.Shared.NextInt64(uint.MaxValue));
        sink.Ledger = ledger;
        return ledger;
    }

    // Until all that was accepted has arrived, or nothing has moved for too long.
    private async Task SendAsync(Plan what, Source source)
    {
        var ledger = sink.Ledger!;
        var sending = source.RunAsync();
        var (last, since) = (-1, Stopwatch.GetTimestamp());
        while (!sending.IsCompleted || ledger.Completed < what.Messages - source.Refused)
        {
            await Task.Delay(LookInterval);
            if (sending.IsFaulted) break;
            var moved = ledger.Completed + ledger.Accepted + source.Refused;
            if (moved != last) (last, since) = (moved, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(since) > what.Stall) return;
        }

        await sending;
    }

    private static double Rate(int count, long started, long ended) =>
        ended > started ? Math.Round(count / Stopwatch.GetElapsedTime(started, ended).TotalSeconds, 1) : 0;

    private static Dictionary<string, double>? Shares(IEnumerable<long> ticks)
    {
        var sorted = ticks.ToArray();
        if (sorted.Length == 0) return null;
        Array.Sort(sorted);
        double At(double share) =>
            Math.Round(Stopwatch.GetElapsedTime(0, sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)]).TotalMilliseconds, 2);
        return new() { ["p50"] = At(0.5), ["p99"] = At(0.99), ["p999"] = At(0.999), ["max"] = At(1) };
    }
}

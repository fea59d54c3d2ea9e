using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;

namespace Postfleet.Tools.Loading;

/// <summary>One run: it warms up the code, sends, waits until the sink (if any) has all accepted messages, and reports.</summary>
/// <param name="plan">The settings.</param>
/// <param name="sink">The sink at the plan's port; null for none.</param>
/// <param name="dns">The DNS responder for the server.</param>
internal sealed class Run(Plan plan, Sink? sink, DnsResponder dns)
{
    // Messages sent straight to the sink, which compiles the tool's code before the measurement.
    private const int WarmUp = 3000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    // The wait for duplicates.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);

    /// <summary>Prints the result, and a line with its faults.</summary>
    /// <returns>False when messages were not accepted, are missing, duplicate or truncated.</returns>
    /// <exception cref="SocketException">The server accepted no connection for 30 s.</exception>
    public async Task<bool> RunAsync(TextWriter output, TextWriter errors)
    {
        if (sink is not null)
        {
            // The sink knows no users.
            var warm = plan with { Port = plan.SinkPort, Messages = WarmUp, Sessions = Math.Min(plan.Sessions, 20), Login = "" };
            var ledgerOfNothing = NewLedger(warm);
            await SendAsync(warm, new Source(warm, ledgerOfNothing), ledgerOfNothing);
        }

        var ledger = NewLedger(plan);
        var source = new Source(plan, ledger);
        GC.Collect();
        var (connections, queries) = (sink?.Connections ?? 0, dns.Queries);
        var (cpu, started) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await SendAsync(plan, source, ledger);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        if (sink is not null) await Task.Delay(Settle);

        var result = Sent(ledger, source, started);
        result["tool_cpu_us"] = Math.Round(cpu.TotalMicroseconds / plan.Messages, 1);
        if (sink is not null)
        {
            AddDelivered(result, ledger, started);
            result["sink_connections"] = sink.Connections - connections;
            result["dns_queries"] = dns.Queries - queries;
        }

        await output.WriteLineAsync(JsonSerializer.Serialize(result));
        var faults = Faults(ledger, source);
        if (faults.Length == 0) return true;
        await errors.WriteLineAsync(string.Join(", ", faults) + (source.FirstFault is { } first ? $"; the first fault: {first}" : ""));
        return false;
    }

    private Dictionary<string, object?> Sent(Ledger ledger, Source source, long started) => new()
    {
        ["messages"] = plan.Messages,
        ["accepted"] = Rate(ledger.Accepted, started, ledger.LastAccepted),
        ["accept_ms"] = Percentiles.Of(ledger.Accepting),
        ["refused"] = source.Refused,
        ["unanswered"] = Unanswered(ledger, source),
        ["failed_connects"] = source.FailedConnects,
        ["broken"] = source.Broken,
        ["fault"] = source.FirstFault,
    };

    private static void AddDelivered(Dictionary<string, object?> result, Ledger ledger, long started)
    {
        result["end_to_end"] = Rate(ledger.Completed, started, ledger.LastArrived);
        result["deliver_ms"] = Percentiles.Of(ledger.Delivering);
        result["missing"] = ledger.Missing;
        result["duplicates"] = ledger.Duplicates;
        result["truncated"] = ledger.Truncated;
        result["foreign"] = ledger.Foreign;
    }

    // Foreign messages are reported but are no fault of the server.
    private string[] Faults(Ledger ledger, Source source)
    {
        var delivered = sink is null ? default : (ledger.Missing, ledger.Duplicates, ledger.Truncated);
        (string Name, int Count)[] counts =
        [
            ("refused", source.Refused), ("unanswered", Unanswered(ledger, source)),
            ("missing", delivered.Missing), ("delivered twice", delivered.Duplicates), ("truncated", delivered.Truncated),
        ];
        return [.. counts.Where(each => each.Count != 0)
            .Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Count} {each.Name}"))];
    }

    private int Unanswered(Ledger ledger, Source source) => plan.Messages - ledger.Accepted - source.Refused;

    private Ledger NewLedger(Plan run)
    {
        var ledger = new Ledger(run, (uint)Random.Shared.NextInt64(uint.MaxValue));
        if (sink is not null) sink.Ledger = ledger;
        return ledger;
    }

    // Until all messages are sent and all accepted messages have arrived, or nothing has changed for too long.
    private async Task SendAsync(Plan run, Source source, Ledger ledger)
    {
        var sending = source.RunAsync();
        var (last, since) = (-1, Stopwatch.GetTimestamp());
        while (!sending.IsCompleted || (sink is not null && ledger.Completed < run.Messages - source.Refused))
        {
            await Task.Delay(LookInterval);
            if (sending.IsFaulted) break;
            var moved = ledger.Completed + ledger.Accepted + source.Refused;
            if (moved != last) (last, since) = (moved, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(since) > run.Stall) return;
        }

        await sending;
    }

    private static double Rate(int count, long started, long ended) =>
        ended > started ? Math.Round(count / Stopwatch.GetElapsedTime(started, ended).TotalSeconds, 1) : 0;
}

using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace Postfleet.Tools;

/// <summary>
/// Samples the allocations of another process with their stacks: the runtime's own random sample, about one in each 100 KiB.
/// </summary>
internal static class Allocations
{
    public const string Usage = """
                 samples the allocations of a .NET process; prints each sample as "octets type" with its stack, and the collections of the garbage collector
        """;

    // Microsoft-Windows-DotNETRuntime's AllocationSamplingKeyword, for which the library has no name.
    private const long Sampling = 0x80000000000;

    /// <summary>The probability of each allocated octet to be sampled.</summary>
    private const double Chance = 1.0 / (100 * 1024);

    /// <summary>Samples for a number of seconds and prints the samples.</summary>
    public static async Task PrintAsync(int pid, int seconds, TextWriter output)
    {
        var file = Path.GetTempFileName();
        try
        {
            await RecordAsync(pid, seconds, file);
            Print(file, output);
        }
        finally
        {
            File.Delete(file);
            File.Delete(Path.ChangeExtension(file, ".etlx"));
        }
    }

    /// <summary>
    /// The number of allocated octets represented by a sample of an object: objects of its size are sampled with a known probability.
    /// </summary>
    public static double Weight(long size) => size / (1 - Math.Pow(1 - Chance, size));

    private static async Task RecordAsync(int pid, int seconds, string file)
    {
        var keywords = (long)(ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.Loader | ClrTraceEventParser.Keywords.Jit)
            | Sampling;
        using var session = new DiagnosticsClient(pid).StartEventPipeSession(
            [new EventPipeProvider("Microsoft-Windows-DotNETRuntime", System.Diagnostics.Tracing.EventLevel.Informational, keywords)],
                requestRundown: true, circularBufferMB: 256);
        await using var target = File.Create(file);
        var copying = session.EventStream.CopyToAsync(target);
        await Task.WhenAny(copying, Task.Delay(TimeSpan.FromSeconds(seconds)));
        await session.StopAsync(CancellationToken.None);
        await copying;
    }

    private static void Print(string file, TextWriter output)
    {
        using var log = new TraceLog(TraceLog.CreateFromEventPipeDataFile(file, Path.ChangeExtension(file, ".etlx")));
        var (collections, pause, suspended) = (new int[3], 0.0, 0.0);
        foreach (var e in log.Events)
        {
            switch (e)
            {
                case AllocationSampledTraceData sample: Print(sample, output); break;
                case GCStartTraceData { Depth: >= 0 and < 3 } start: collections[start.Depth]++; break;
                case GCSuspendEETraceData: suspended = e.TimeStampRelativeMSec; break;
                case GCNoUserDataTraceData when e.EventName == "GC/RestartEEStop": pause += e.TimeStampRelativeMSec - suspended; break;
            }
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"# collections of generation 0, 1, 2: {collections[0]}, {collections[1]}, {collections[2]}; all threads paused for {pause:F0} ms"));
    }

    private static void Print(AllocationSampledTraceData sample, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Weight(sample.ObjectSize):F0} {sample.TypeName}"));
        for (var frame = sample.CallStack(); frame is not null; frame = frame.Caller)
            output.WriteLine($"\t0 {frame.CodeAddress.FullMethodName} ({frame.CodeAddress.ModuleName})");
        output.WriteLine();
    }
}

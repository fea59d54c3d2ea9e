using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;

namespace Postfleet.Tools;

/// <summary>
/// Asks the runtime of another process for a full collection, and counts the live objects after it: their total size alone, which costs the
/// process a collection, or object by object.
/// </summary>
internal static class Heap
{
    public const string Usage = """
                 makes a .NET process collect all its garbage, and prints the size of the rest as a JSON object; with --types, the largest types
        """;

    public static void Print(int pid, int types)
    {
        var keywords = ClrTraceEventParser.Keywords.GC
            | (types > 0 ? ClrTraceEventParser.Keywords.GCHeapSnapshot : ClrTraceEventParser.Keywords.GCHeapCollect);
        var names = new Dictionary<ulong, string>();
        var sizes = new Dictionary<ulong, (long Count, long Bytes)>();
        var managed = 0L;
        var pause = 0.0;
        using var session = new DiagnosticsClient(pid).StartEventPipeSession(
            [new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, (long)keywords)], requestRundown: false,
                circularBufferMB: 1024);
        using var source = new EventPipeEventSource(session.EventStream);
        var induced = -1;
        var stopping = Task.CompletedTask;
        source.Clr.GCStart += e =>
        {
            if (e.Reason is Microsoft.Diagnostics.Tracing.Parsers.Clr.GCReason.Induced && e.Depth == 2)
                (induced, pause) = (e.Count, e.TimeStampRelativeMSec);
        };
        source.Clr.TypeBulkType += e =>
        {
            for (var i = 0; i < e.Count; i++) names[e.Values(i).TypeID] = e.Values(i).TypeName;
        };
        source.Clr.GCBulkNode += e =>
        {
            for (var i = 0; i < e.Count; i++)
            {
                var node = e.Values(i);
                var (count, bytes) = sizes.GetValueOrDefault(node.TypeID);
                sizes[node.TypeID] = (count + 1, bytes + (long)node.Size);
            }
        };
        source.Clr.GCHeapStats += e =>
        {
            if (induced < 0 || managed > 0) return;
            managed = e.TotalHeapSize;
            // On another thread: this thread receives the end of the session.
            stopping = Task.Run(session.Stop);
        };
        source.Clr.GCStop += e => pause = e.Count == induced ? e.TimeStampRelativeMSec - pause : pause;
        source.Process();
        stopping.Wait();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"managed": {{managed}}, "collection_ms": {{pause:F0}}}"""));
        foreach (var (type, (count, bytes)) in sizes.OrderByDescending(each => each.Value.Bytes).Take(types))
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{bytes,15:N0} {count,12:N0} {names.GetValueOrDefault(type, "?")}"));
        if (types > 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{sizes.Values.Sum(each => each.Bytes),15:N0} {sizes.Values.Sum(each => each.Count),12:N0} in all"));
    }
}

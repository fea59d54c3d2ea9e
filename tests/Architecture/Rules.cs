using Postfleet.Architecture.Tests.Scanning;

namespace Postfleet.Architecture.Tests;

/// <summary>Forbidden types and members, as predicates over the results of a scan.</summary>
internal static class Rules
{
    private static readonly string[] ClockMembers =
    [
        "System.DateTime::get_Now", "System.DateTime::get_UtcNow", "System.DateTime::get_Today",
        "System.DateTimeOffset::get_Now", "System.DateTimeOffset::get_UtcNow",
    ];

    // Pure parts get time and random values as arguments, and wait for nothing.
    private static readonly string[] ImpureMembers =
    [
        .. ClockMembers, "System.Environment::get_TickCount", "System.Environment::get_TickCount64", "System.TimeProvider::get_System",
        "System.TimeProvider::GetUtcNow", "System.TimeProvider::GetTimestamp", "System.Threading.Tasks.Task::Delay",
        "System.Threading.Tasks.Task::Run", "System.Random::get_Shared", "System.Guid::NewGuid",
    ];

    private static readonly string[] IoNamespaces =
    [
        "System.Net.Sockets.", "System.Net.Http.", "System.Net.Security.", "System.Net.WebSockets.", "System.Net.NetworkInformation.",
        "System.IO.Pipes.", "System.IO.MemoryMappedFiles.", "System.Data.", "Microsoft.Data.", "Npgsql.", "DnsClient.",
    ];

    private static readonly string[] IoTypes =
    [
        "System.Net.Dns", "System.IO.File", "System.IO.FileInfo", "System.IO.Directory", "System.IO.DirectoryInfo", "System.IO.FileStream",
        "System.IO.FileSystemWatcher", "System.IO.DriveInfo", "System.IO.RandomAccess", "System.IO.StreamReader", "System.IO.StreamWriter",
        "System.Console", "System.Diagnostics.Process",
    ];

    /// <summary>
    /// Whether a type does I/O. The kinds of addresses, the errors of sockets and the names of cipher suites are values, and may be used
    /// anywhere.
    /// </summary>
    public static bool IsIo(string type) => type is not ("System.Net.Sockets.AddressFamily" or "System.Net.Sockets.SocketError"
            or "System.Net.Security.TlsCipherSuite" or "System.Net.Security.CipherSuitesPolicy")
        && (IoTypes.Contains(type) || IoNamespaces.Any(space => type.StartsWith(space, StringComparison.Ordinal)));

    /// <summary>Whether a type has no place in pure code: I/O, actors, clocks, timers, threads.</summary>
    public static bool IsImpureType(string type) => IsIo(type)
        || type.StartsWith("Akka.", StringComparison.Ordinal)
        || type.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
        || type is "System.Diagnostics.Stopwatch" or "System.Threading.Timer" or "System.Threading.PeriodicTimer" or "System.Threading.Thread"
            or "System.Threading.ThreadPool";

    public static bool IsImpureMember(string member) => ImpureMembers.Contains(member);

    /// <summary>Whether a member reads the machine's clock past the TimeProvider, where no test can set the time.</summary>
    public static bool ReadsTheClock(string member) => ClockMembers.Contains(member);

    /// <summary>
    /// Whether a method blocks its thread: sleeps, or waits for a task. A task's result may be taken where the method asks first whether it
    /// is there. A call of GetResult belongs to an await when there is an IsCompleted for it.
    /// </summary>
    public static bool Blocks(ScannedMethod method)
    {
        // The compiler's own entry point around an async Main waits for it; nothing else can.
        if (method.Name == "<Main>") return false;
        var asksFirst = method.Uses.Any(use => use.EndsWith("::get_IsCompletedSuccessfully", StringComparison.Ordinal));
        return method.Uses.Any(use => use is "System.Threading.Thread::Sleep" or "System.Threading.Tasks.Task::Wait"
                or "System.Threading.Tasks.Task::WaitAll" or "System.Threading.Tasks.Task::WaitAny")
            || (!asksFirst && method.Uses.Any(use =>
                use is "System.Threading.Tasks.Task`1::get_Result" or "System.Threading.Tasks.ValueTask`1::get_Result"))
            || Awaiters(method, "::GetResult") > Awaiters(method, "::get_IsCompleted");
    }

    private static int Awaiters(ScannedMethod method, string member) => method.Uses.Count(use =>
        use.EndsWith(member, StringComparison.Ordinal) && use.Contains("Awaiter", StringComparison.Ordinal));
}

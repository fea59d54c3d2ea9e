using System.Runtime.InteropServices;

namespace Postfleet.Node.Hosting;

/// <summary>
/// The clocks of the machine. Timestamps include the time of suspension: on Linux they come from CLOCK_BOOTTIME, because CLOCK_MONOTONIC,
/// the clock of the framework, stops during suspension and a laptop would be hours behind after a night. On other systems timestamps come
/// from the framework.
/// </summary>
internal sealed class MachineTimeProvider : TimeProvider
{
    // clock_gettime(2). The number is the same on all processor architectures of Linux.
    private const int ClockBootTime = 7;

    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly bool _hasBootTime = HasBootTime();

    public override long TimestampFrequency => _hasBootTime ? NanosecondsPerSecond : base.TimestampFrequency;

    public override long GetTimestamp() =>
        _hasBootTime && GetTime(ClockBootTime, out var time) == 0 ? time.Seconds * NanosecondsPerSecond + time.Nanoseconds
            : base.GetTimestamp();

    // struct timespec has two longs in 64-bit processes only.
    private static bool HasBootTime() => OperatingSystem.IsLinux() && Environment.Is64BitProcess && GetTime(ClockBootTime, out _) == 0;

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}

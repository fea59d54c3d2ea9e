using System.Runtime.InteropServices;

namespace Postfleet.Node.Hosting;

/// <summary>
/// The clocks of the machine. Its timestamps count the time in which the machine was suspended, too: on Linux they are those of
/// CLOCK_BOOTTIME, since the clock of the framework (CLOCK_MONOTONIC) stands still meanwhile, and a laptop would run hours behind after a
/// night. On other systems they are the framework's.
/// </summary>
internal sealed class MachineTimeProvider : TimeProvider
{
    // clock_gettime(2); Linux has the same number on all processors.
    private const int ClockBootTime = 7;

    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly bool _hasBootTime = HasBootTime();

    public override long TimestampFrequency => _hasBootTime ? NanosecondsPerSecond : base.TimestampFrequency;

    public override long GetTimestamp() =>
        _hasBootTime && GetTime(ClockBootTime, out var time) == 0 ? time.Seconds * NanosecondsPerSecond + time.Nanoseconds
            : base.GetTimestamp();

    // Two longs are what 64-bit processes have.
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

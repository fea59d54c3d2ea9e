using System.Globalization;
using Postfleet.Node.Hosting;
using Xunit;

namespace Postfleet.Node.Tests.Hosting;

public sealed class MachineTimeProviderTests
{
    private readonly MachineTimeProvider _time = new();

    [Fact]
    public void Timestamps_count_from_the_start_of_the_machine_including_suspension()
    {
        // The kernel's uptime is CLOCK_BOOTTIME, truncated to hundredths of a second.
        var before = UptimeOfTheKernel();
        var uptime = _time.GetElapsedTime(0);
        Assert.InRange(uptime, before, UptimeOfTheKernel() + TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public async Task Machine_clock_passes_like_the_clock_of_the_framework()
    {
        var (from, other) = (_time.GetTimestamp(), TimeProvider.System.GetTimestamp());
        await Task.Delay(TimeSpan.FromMilliseconds(20), _time);
        var passed = _time.GetElapsedTime(from);
        Assert.True(passed > TimeSpan.FromMilliseconds(15), $"{passed} passed");
        Assert.InRange(passed, TimeSpan.Zero, TimeProvider.System.GetElapsedTime(other) + TimeSpan.FromMilliseconds(50));
    }

    private static TimeSpan UptimeOfTheKernel() =>
        TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture));
}

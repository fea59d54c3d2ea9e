using System.Globalization;
using System.Text.RegularExpressions;
using Postfleet.Packaging.Tests.Tools;
using Xunit;

namespace Postfleet.Packaging.Tests;

/// <summary>The unit of systemd. install-test.sh also gives it to systemd-analyze.</summary>
[Collection(PackageTestGroup.Name)]
public sealed class UnitTests(DebianPackage package)
{
    [Theory]
    [InlineData("Type", "notify")]
    [InlineData("NotifyAccess", "main")]
    [InlineData("ExecStart", "/usr/bin/postfleet serve --config /etc/postfleet/postfleet.json")]
    [InlineData("ExecReload", "/bin/kill -HUP $MAINPID")]
    [InlineData("User", "postfleet")]
    [InlineData("StateDirectory", "postfleet")]
    [InlineData("WorkingDirectory", "/var/lib/postfleet")]
    [InlineData("Restart", "on-failure")]
    [InlineData("RestartPreventExitStatus", "2")]
    [InlineData("WatchdogSignal", "SIGKILL")]
    [InlineData("LoadCredential", "secret:/etc/postfleet/credentials")]
    [InlineData("AmbientCapabilities", "CAP_NET_BIND_SERVICE")]
    [InlineData("CapabilityBoundingSet", "CAP_NET_BIND_SERVICE")]
    [InlineData("NoNewPrivileges", "yes")]
    [InlineData("ProtectSystem", "strict")]
    [InlineData("ProtectHome", "yes")]
    [InlineData("PrivateTmp", "yes")]
    [InlineData("PrivateDevices", "yes")]
    public async Task Service_has_the_key(string key, string value) => Assert.Equal([value], (await KeysAsync())[key]);

    [Fact]
    public async Task Runtime_may_compile_code() =>
        Assert.False((await KeysAsync()).Contains("MemoryDenyWriteExecute"), "the runtime does not start with it");

    [Fact]
    public async Task Garbage_collector_may_set_affinities() =>
        Assert.DoesNotContain((await KeysAsync())["SystemCallFilter"], filter => filter.Contains("~@resources", StringComparison.Ordinal));

    [Fact]
    public async Task Orderly_stop_has_the_time_that_the_defaults_allow_and_30_s()
    {
        var defaults = string.Join('\n', await BuiltProgram.RunAsync("check"));
        var needed = Seconds(defaults, "ShutdownGrace") + Seconds(defaults, "DrainDelay") + 30;
        Assert.True(int.Parse((await KeysAsync())["TimeoutStopSec"].Single(), CultureInfo.InvariantCulture) >= needed, $"{needed} s");
    }

    private static int Seconds(string settings, string key)
    {
        var duration = Regex.Match(settings, $"\"{key}\": \"([0-9]+)([sm])\"");
        Assert.True(duration.Success, key);
        return int.Parse(duration.Groups[1].Value, CultureInfo.InvariantCulture) * (duration.Groups[2].Value == "m" ? 60 : 1);
    }

    private async Task<ILookup<string, string>> KeysAsync() => (await package.ReadAsync("lib/systemd/system/postfleet.service"))
        .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
        .Select(line => line.Split('=', 2))
        .ToLookup(parts => parts[0], parts => parts[1]);
}

using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Fixtures;

public sealed class ProcessHostTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Output_lines_and_the_exit_code_can_be_waited_for()
    {
        await using var child = ProcessHost.Start(Shell("echo one; echo two >&2; exit 3"));

        Assert.Equal("two", await child.WaitForLineAsync("two", Limit));
        Assert.Equal(3, await child.WaitForExitAsync(Limit));
        Assert.Equal("one", await child.WaitForLineAsync("one", Limit));
        var missing = await Assert.ThrowsAsync<InvalidOperationException>(() => child.WaitForLineAsync("three", Limit));
        Assert.Contains("two", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_is_bounded_but_for_the_lines_to_keep()
    {
        var spec = Shell("i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo line $i; done") with
        {
            LinesHeld = 10,
            Keep = line => line.EndsWith("00", StringComparison.Ordinal),
        };
        await using var child = ProcessHost.Start(spec);
        await child.WaitForExitAsync(Limit);

        Assert.Equal(Enumerable.Range(491, 10).Select(i => $"line {i}"), child.Output);
        Assert.Equal(["line 100", "line 200", "line 300", "line 400", "line 500"], child.Kept);
    }

    [Fact]
    public async Task Signals_reach_the_program_itself()
    {
        await using var child = ProcessHost.Start(Shell("trap 'echo got it; exit 7' TERM; echo up; while :; do sleep 0.01; done"));
        await child.WaitForLineAsync("up", Limit);

        child.Send(Signal.Stop);
        await Eventually.True(() => State(child.Id) == 'T', Limit, "the process is frozen");
        child.Send(Signal.Continue);
        Assert.Equal(7, await child.TerminateAsync(Limit));
        Assert.Contains("got it", child.Output);
    }

    [Fact]
    public async Task Child_processes_end_when_their_test_process_is_killed()
    {
        // A second test process in miniature: a shell that starts a child the way ProcessHost does, and is killed.
        await using var parent = ProcessHost.Start(Shell("setpriv --pdeathsig KILL -- sleep 600 & echo child $!; wait"));
        var line = await parent.WaitForLineAsync("child", Limit);
        var child = int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        await Eventually.True(
            () => File.ReadAllText($"/proc/{child}/comm").Trim() == "sleep", Limit, "setpriv has become the program");

        // Not awaited: the orphan holds the other end of the output until it is gone itself.
        parent.Send(Signal.Kill);
        await Eventually.True(() => State(child) is null or 'Z', Limit, "the child died with its parent");
    }

    private static ProcessSpec Shell(string script) => new("/bin/sh", ["-c", script]);

    private static char? State(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return null;
        }
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>The wall clock is set while a node has deferred mail: schedules are not affected, and the log has the step.</summary>
public sealed partial class SetClockTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(-2, "back")]
    [InlineData(2, "forward")]
    public async Task Deferred_mail_is_tried_within_seconds_and_does_not_expire(int hours, string direction)
    {
        var port = FreePort.Tcp();
        using var clock = new SetClock();
        var refused = 0;
        await using var sink = FaultNode.Sink(port, "127.0.0.11", step =>
        {
            if (step.Stage != SinkStage.Recipient) return SinkAction.Accept;
            Interlocked.Increment(ref refused);
            return SinkAction.Reply("451 4.7.1 come back later");
        });
        var records = new DnsRecords().Mx("a.test", "mx.a.test").Address("mx.a.test", "127.0.0.11");
        await using var given = await FaultNode.StartAsync(port, records, lifetime: "1h", delayWarning: "0s", clock: clock);
        await given.SendAsync("<before@x>", FaultNode.Sender, "to@a.test");
        await Eventually.True(async () => (await given.Node.QueuesAsync()).Deferred == 1, Limit, "the message is deferred");

        clock.Set(TimeSpan.FromHours(hours));
        var line = await given.Node.Process.WaitForLineAsync("clock set", Limit);
        Assert.EndsWith($" direction={direction}", line, StringComparison.Ordinal);
        Assert.InRange(SecondsIn(line), hours * 3600 - 1, hours * 3600 + 1);
        AssertIsOff(hours, line[..line.IndexOf(' ', StringComparison.Ordinal)]);

        // The first of two attempts may have begun before the step. An attempt after the lifetime would be the last.
        var before = Volatile.Read(ref refused);
        await Eventually.True(() => Volatile.Read(ref refused) >= before + 2, Limit, "the message is tried again and again");
        sink.Script = _ => SinkAction.Accept;
        await sink.WaitForAsync(1, Limit);
        await given.SendAsync("<after@x>", FaultNode.Sender, "to@a.test");
        await sink.WaitForAsync(2, Limit);
        AssertIsOff(hours, sink.Messages.Single(message => message.Id == "<after@x>").Trace.Split(';')[^1]);
        await given.Node.WaitEmptyAsync(Limit);
        Assert.Empty(given.Reports.Messages);
        Assert.Single(given.Node.Process.Output, output => output.Contains("clock set", StringComparison.Ordinal));
        Assert.DoesNotContain(given.Node.Process.Output, output => output.Contains("stood still", StringComparison.Ordinal));
    }

    private static double SecondsIn(string line) =>
        double.TryParse(Seconds().Match(line).Groups[1].Value, CultureInfo.InvariantCulture, out var seconds) ? seconds
            : throw new FormatException(line);

    [GeneratedRegex(@" seconds=(\S+)")]
    private static partial Regex Seconds();

    private static void AssertIsOff(int hours, string time)
    {
        var off = DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) - DateTimeOffset.UtcNow;
        Assert.InRange(off, TimeSpan.FromHours(hours) - Limit, TimeSpan.FromHours(hours) + Limit);
    }
}

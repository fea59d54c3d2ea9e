using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>What a filter knows of a session follows the session, whatever a client or another message does.</summary>
public sealed class FilterStateTests
{
    private const string Begin = "S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\n";
    private const uint NoMail = 0x04;

    [Fact]
    public async Task A_refused_greeting_within_a_transaction_hides_no_recipient_from_a_filter()
    {
        await using var milter = new FakeMilter((milter, code, data) =>
            code == 'H' && data.Contains("bad", StringComparison.Ordinal) ? ["r"] : milter.Pass(code, data));
        foreach (var world in await ReplayAsync(
            $"{Begin}C: HELO bad\nS: 5*\nC: DATA\nS: 354 *\nC: hi\nC: .\nS: 451 4.3.0 Mail system temporarily unavailable",
            () => new World(filters: [milter.Options(FilterFailure.Accept)])))
        {
            Assert.Empty(world.Submission.Stored);
        }
    }

    [Fact]
    public async Task A_filter_that_wants_no_MAIL_may_discard_at_RCPT_and_is_told_the_end_of_a_message()
    {
        await using var milter = new FakeMilter(
            (milter, code, data) => code == 'R' && data.Contains("drop", StringComparison.Ordinal) ? ["d"] : milter.Pass(code, data),
            NoMail);
        var options = milter.Options();
        foreach (var world in await ReplayAsync(
            $"{Begin}C: RSET\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<drop@y.test>\nS: 250 *\nC: DATA\nS: 354 *\n"
            + "C: hi\nC: .\nS: 250 *", () => new World(filters: [options])))
        {
            Assert.Empty(world.Log.Of("filter failed"));
            Assert.Empty(world.Submission.Stored);
        }

        var codes = string.Concat(milter.Received.Select(frame => frame[0]).Where(code => code is 'R' or 'A'));
        Assert.StartsWith("RAR", codes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_keeps_a_filter_busy_does_not_switch_it_off_for_others()
    {
        await using var milter = new FakeMilter((milter, code, data) =>
            code == 'L' && data.Contains("slow", StringComparison.Ordinal) ? null : milter.Pass(code, data));
        var options = milter.Options(FilterFailure.Accept) with { ContentTimeout = TimeSpan.FromMilliseconds(100) };
        var world = new World(filters: [options], time: TimeProvider.System);
        Assert.StartsWith("250 ", await SendAsync(world, "Subject: slow"), StringComparison.Ordinal);
        Assert.Single(world.Log.Of("filter failed"));
        Assert.StartsWith("250 ", await SendAsync(world, "Subject: x"), StringComparison.Ordinal);
        Assert.Equal(2, milter.Connections);
    }

    [Fact]
    public async Task A_field_that_filters_could_not_read_is_refused()
    {
        await using var milter = new FakeMilter((milter, code, data) => milter.Pass(code, data));
        var world = new World(filters: [milter.Options(FilterFailure.Accept)]);
        var field = "X-Long: " + string.Join("\r\n ", Enumerable.Repeat(new string('x', 900), 75));
        Assert.StartsWith("550 5.6.0 ", await SendAsync(world, field), StringComparison.Ordinal);
        Assert.Empty(world.Submission.Stored);
    }

    private static async Task<string> SendAsync(World world, string field)
    {
        await using var client = new MemoryClient(world);
        await client.ReadLineAsync();
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        for (var i = 0; i < 4; i++) await client.ReadLineAsync();
        await client.SendAsync($"{field}\r\n\r\nhi\r\n.\r\n");
        return await client.ReadLineAsync() ?? "";
    }
}

using Postfleet.Frontend.Filters;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>
/// A filter that dies, hangs or lies at each stage: the mail is deferred, accepted or refused as configured, and never lost.
/// </summary>
public sealed class FilterFailureTests
{
    private const string Content = "Subject: x\r\n\r\nhi\r\n";

    private static readonly string[] Faults = ["dies", "hangs", "lies", "floods", "repeats"];

    // The codes of the commands in their order.
    private const string Stages = "OCHMRTLNBE";

    public static TheoryData<char, string, FilterFailure> Cases()
    {
        var cases = new TheoryData<char, string, FilterFailure>();
        foreach (var stage in Stages)
            foreach (var fault in Faults)
                foreach (var failure in Enum.GetValues<FilterFailure>()) cases.Add(stage, fault, failure);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Mail_is_handled_as_configured(char stage, string fault, FilterFailure failure)
    {
        await using var milter = new FakeMilter((milter, code, data) => code == stage ? Fail(fault) : milter.Pass(code, data));
        var world = new World(filters: [milter.Options(failure)]);
        var replies = await SendAsync(world, milter);
        var line = Assert.Single(world.Log.Of("filter failed"));
        Assert.Equal("fake", line.Fields["Filter"]);
        Assert.Empty(world.Log.Of("session failed"));
        if (failure == FilterFailure.Accept)
        {
            Assert.StartsWith("250 2.0.0 Ok: queued as", replies[^1], StringComparison.Ordinal);
            Assert.Equal(Content, World.BodyOf(Assert.Single(world.Submission.Stored)));
        }
        else
        {
            Assert.Empty(world.Submission.Stored);
            var isGreeting = stage is 'O' or 'C';
            var expected = failure == FilterFailure.Defer ? isGreeting ? "421 4.7.1" : "451 4.7.1" : "554 5.7.1";
            Assert.StartsWith(expected, replies[^1], StringComparison.Ordinal);
            // The refusing reply belongs to the command at which the filter failed.
            var before = stage switch { 'O' or 'C' => 0, 'H' => 1, 'M' => 2, 'R' => 3, _ => 5 };
            Assert.Equal(before, replies.Count - 1);
        }
    }

    [Theory]
    [InlineData(FilterFailure.Accept, "220 ")]
    [InlineData(FilterFailure.Defer, "421 4.7.1 ")]
    [InlineData(FilterFailure.Refuse, "554 5.7.1 ")]
    public async Task A_filter_that_does_not_listen_is_a_failure(FilterFailure failure, string reply)
    {
        var milter = new FakeMilter((milter, code, data) => milter.Pass(code, data));
        var options = milter.Options(failure);
        await milter.DisposeAsync();
        var world = new World(filters: [options]);
        await using var client = new MemoryClient(world);
        Assert.StartsWith(reply, await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Single(world.Log.Of("filter failed"));
    }

    [Fact]
    public async Task A_hanging_filter_without_which_mail_passes_is_left_out_for_a_while()
    {
        await using var milter = new FakeMilter((milter, code, data) => code == 'C' ? null : milter.Pass(code, data));
        var world = new World(filters: [milter.Options(FilterFailure.Accept)]);
        await SendAsync(world, milter);
        Assert.Equal(1, milter.Connections);
        // At once, and without a connection.
        await SendAsync(world, milter);
        Assert.Equal(1, milter.Connections);
        Assert.Equal(2, world.Submission.Stored.Count);
        world.Time.Advance(FilterWatch.Pause);
        await SendAsync(world, milter);
        Assert.Equal(2, milter.Connections);
        Assert.Equal(2, world.Log.Of("filter failed").Count);
    }

    [Fact]
    public async Task The_next_message_of_a_session_gets_a_new_connection_which_is_told_the_begin_of_the_session()
    {
        var isFirst = true;
        await using var milter = new FakeMilter((milter, code, data) =>
        {
            if (code != 'M' || !isFirst) return milter.Pass(code, data);
            isFirst = false;
            throw new InvalidOperationException("dies");
        });
        await Dialogue.ReplayAsync(
            """
            S: 220 *
            C: HELO first
            S: 250 mx*
            C: MAIL FROM:<a@x.test>
            S: 451 4.7.1 Service unavailable - try again later
            C: MAIL FROM:<a@x.test>
            S: 250 2.1.0 Ok
            C: RCPT TO:<b@y.test>
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 *
            C: hi
            C: .
            S: 250 2.0.0 *
            """, () =>
            {
                isFirst = true;
                return new World(filters: [milter.Options()]);
            });
        var last = string.Concat(milter.Received.Where(frame => frame[0] is not ('D' or 'L')).Select(frame => frame[0])).TrimEnd('Q');
        Assert.EndsWith("OCHMOCHMRTNBE", last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_has_a_time_limit_of_its_own()
    {
        await using var milter = new FakeMilter((milter, code, data) => code == 'E' ? null : milter.Pass(code, data));
        var world = new World(filters: [milter.Options() with { ContentTimeout = TimeSpan.FromMinutes(1) }]);
        var replies = await SendAsync(world, milter);
        Assert.StartsWith("451 4.7.1", replies[^1], StringComparison.Ordinal);
        Assert.Equal("no answer within 00:01:00", Assert.Single(world.Log.Of("filter failed")).Fields["Reason"]);
    }

    [Fact]
    public async Task A_client_that_leaves_does_not_leave_a_connection_behind()
    {
        await using var milter = new FakeMilter((milter, code, data) => code == 'M' ? null : milter.Pass(code, data));
        var world = new World(filters: [milter.Options()]);
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\n");
        await client.ExpectAsync("220 *", "250 mx*");
        await milter.Stuck.ReadAsync();
        client.Finish();
        await client.ExpectEndAsync();
        Assert.Empty(world.Log.Of("filter failed"));
        Assert.Equal(world.Memory.Free, new World().Memory.Free);
    }

    private static string[]? Fail(string fault) => fault switch
    {
        "dies" => throw new InvalidOperationException("dies"),
        "hangs" => null,
        "lies" => ["?what"],
        "floods" => ["#\u007f\u00ff\u00ff\u00ffx"],
        _ => ["c", "c", "c"],
    };

    // Sends a message up to the first negative reply. The time of a filter that hangs passes at once.
    private static async Task<List<string>> SendAsync(World world, FakeMilter milter)
    {
        using var ended = new CancellationTokenSource();
        var passing = PassTimeAsync(world, milter, ended.Token);
        await using var client = new MemoryClient(world);
        List<string> replies = [(await client.ReadLineAsync())!];
        string[] commands = ["HELO c\r\n", "MAIL FROM:<a@x.test>\r\n", "RCPT TO:<b@y.test>\r\n", "DATA\r\n", $"{Content}.\r\n"];
        foreach (var command in commands)
        {
            if (replies[^1][0] is '4' or '5') break;
            await client.SendAsync(command);
            replies.Add((await client.ReadLineAsync())!);
        }

        await ended.CancelAsync();
        await passing;
        return replies;
    }

    private static async Task PassTimeAsync(World world, FakeMilter milter, CancellationToken ended)
    {
        try
        {
            while (true)
            {
                await milter.Stuck.ReadAsync(ended);
                world.Time.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));
            }
        }
        catch (OperationCanceledException)
        {
            // The message is over.
        }
    }
}

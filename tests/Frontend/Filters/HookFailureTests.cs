using Postfleet.Core.Units;
using Postfleet.Frontend.Filters;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>
/// A hook that hangs, lies or closes at each stage: the mail is deferred, accepted or refused as configured, and never lost.
/// </summary>
public sealed class HookFailureTests(HookPeer hook) : IClassFixture<HookPeer>
{
    private const string Content = "Subject: x\r\n\r\nhi\r\n";

    private static readonly string[] Stages = ["connect", "ehlo", "mail", "rcpt", "data"];

    private static readonly string[] Faults =
        ["error", "moved", "empty", "blank", "lies", "other", "unknown", "floods", "closes", "nothing"];

    public static TheoryData<string, string, FilterFailure> Cases()
    {
        var cases = new TheoryData<string, string, FilterFailure>();
        foreach (var stage in Stages)
            foreach (var fault in Faults)
                foreach (var failure in Enum.GetValues<FilterFailure>()) cases.Add(stage, fault, failure);
        return cases;
    }

    public static TheoryData<string, FilterFailure> Hanging()
    {
        var cases = new TheoryData<string, FilterFailure>();
        foreach (var stage in Stages)
            foreach (var failure in Enum.GetValues<FilterFailure>()) cases.Add(stage, failure);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Mail_is_handled_as_configured(string stage, string fault, FilterFailure failure) => CheckAsync(
        hook.Options($"/fail/{stage}/{fault}", string.Join(' ', Stages), failure) with { MaxResponse = new ByteSize(100_000) }, stage);

    [Theory]
    [MemberData(nameof(Hanging))]
    public Task A_hanging_hook_is_waited_for_within_its_time(string stage, FilterFailure failure)
    {
        var time = TimeSpan.FromMilliseconds(500);
        return CheckAsync(
            hook.Options($"/fail/{stage}/hangs", stage, failure) with { CommandTimeout = time, ContentTimeout = time }, stage);
    }

    [Theory]
    [InlineData(FilterFailure.Accept)]
    [InlineData(FilterFailure.Defer)]
    [InlineData(FilterFailure.Refuse)]
    public Task A_hook_that_does_not_listen_is_a_failure(FilterFailure failure) =>
        CheckAsync(hook.Options("/", "mail", failure) with { Url = "http://127.0.0.1:9/" }, "mail");

    [Theory]
    [InlineData(FilterFailure.Accept)]
    [InlineData(FilterFailure.Defer)]
    [InlineData(FilterFailure.Refuse)]
    public Task A_message_beyond_the_greatest_request_is_a_failure(FilterFailure failure) =>
        CheckAsync(hook.Options("/", "data", failure) with { MaxRequest = new ByteSize(100) }, "data");

    [Fact]
    public async Task A_hook_without_which_mail_passes_is_left_out_for_a_while_when_it_cannot_be_reached()
    {
        var world = new World(filters: [hook.Options("/", "mail", FilterFailure.Accept) with { Url = "http://127.0.0.1:9/" }]);
        await SendAsync(world);
        await SendAsync(world);
        Assert.Single(world.Log.Of("filter failed"));
        world.Time.Advance(FilterWatch.Pause);
        await SendAsync(world);
        Assert.Equal(2, world.Log.Of("filter failed").Count);
        Assert.Equal(3, world.Submission.Stored.Count);
    }

    [Fact]
    public async Task The_query_of_the_URL_stands_in_no_log()
    {
        var options = hook.Options() with { Url = "http://127.0.0.1:9/hook?token=s3cret" };
        var world = new World(filters: [options]);
        await SendAsync(world);
        Assert.Equal("http://127.0.0.1:9/hook", Assert.Single(world.Log.Of("filter failed")).Fields["Endpoint"]);
        var other = options with { Url = "http://example.org/hook?token=s3cret", Services = "inbound" };
        List<string> faults =
        [
            .. FilterKeys.Warn(new FrontendSections { Filters = [other] }),
            .. FilterKeys.Check(new FrontendSections { Filters = [other with { Protocol = FilterProtocol.Milter }] }),
        ];
        Assert.Equal(2, faults.Count(fault => fault.Contains("'http://example.org/hook'", StringComparison.Ordinal)));
        Assert.DoesNotContain(faults, fault => fault.Contains("s3cret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("connect", 1)]
    [InlineData("ehlo", 2)]
    [InlineData("mail", 2)]
    [InlineData("rcpt", 2)]
    [InlineData("data", 2)]
    public async Task A_slow_answer_about_one_mail_does_not_switch_the_hook_off_for_others(string stage, int requests)
    {
        var time = TimeSpan.FromMilliseconds(300);
        var options = hook.Options($"/fail/{stage}/hangs", stage, FilterFailure.Accept) with
        {
            CommandTimeout = time,
            ContentTimeout = time,
        };
        var world = new World(time: TimeProvider.System, filters: [options]);
        await hook.RequestsAsync();
        await SendAsync(world);
        await SendAsync(world);
        Assert.Equal(requests, (await hook.RequestsAsync()).Count);
        Assert.Equal(2, world.Submission.Stored.Count);
    }

    private static async Task CheckAsync(FilterOptions options, string stage)
    {
        var world = new World(time: TimeProvider.System, filters: [options]);
        var replies = await SendAsync(world);
        var line = Assert.Single(world.Log.Of("filter failed"));
        Assert.Equal(("hook", options.Url), (line.Fields["Filter"], line.Fields["Endpoint"]));
        Assert.Empty(world.Log.Of("session failed"));
        Assert.Empty(world.Log.Of("check failed"));
        if (options.OnFailure == FilterFailure.Accept)
        {
            Assert.StartsWith("250 2.0.0 Ok: queued as", replies[^1], StringComparison.Ordinal);
            Assert.Equal(Content, World.BodyOf(Assert.Single(world.Submission.Stored)));
            return;
        }

        Assert.Empty(world.Submission.Stored);
        var expected = options.OnFailure == FilterFailure.Refuse ? "554 5.7.1" : stage == "connect" ? "421 4.7.1" : "451 4.7.1";
        Assert.StartsWith(expected, replies[^1], StringComparison.Ordinal);
        // The refusing reply belongs to the command at which the hook failed.
        Assert.Equal(stage == "data" ? 5 : Array.IndexOf(Stages, stage), replies.Count - 1);
    }

    // Sends a message up to the first negative reply.
    private static async Task<List<string>> SendAsync(World world)
    {
        await using var client = new MemoryClient(world);
        List<string> replies = [(await client.ReadLineAsync())!];
        string[] commands = ["HELO c\r\n", "MAIL FROM:<a@x.test>\r\n", "RCPT TO:<b@y.test>\r\n", "DATA\r\n", $"{Content}.\r\n"];
        foreach (var command in commands)
        {
            if (replies[^1][0] is '4' or '5') break;
            await client.SendAsync(command);
            replies.Add((await client.ReadLineAsync())!);
        }

        return replies;
    }
}

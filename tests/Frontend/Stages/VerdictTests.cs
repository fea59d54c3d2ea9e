using System.Buffers;
using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Stages;

/// <summary>What each verdict does at each stage, whether the check knows it at once or has to ask.</summary>
public sealed class VerdictTests
{
    private static readonly string[] Stages = ["connect", "hello", "mail", "rcpt", "data", "message"];

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var stage in Stages) foreach (var answering in Enum.GetNames<Answering>().SkipLast(1)) cases.Add(stage, answering);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_check_that_accepts_changes_nothing(string stage, string answering)
    {
        foreach (var world in await ReplayAsync(Whole, stage, answering, Verdict.Accept))
            Assert.StartsWith("Received: ", Content(world), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_header_is_put_above_the_message(string stage, string answering)
    {
        foreach (var world in await ReplayAsync(Whole, stage, answering, Verdict.AcceptWith("X-Check", $"{stage}\r\n\tfolded")))
        {
            var content = Content(world);
            Assert.StartsWith($"X-Check: {stage}\r\n\tfolded\r\nReceived: ", content, StringComparison.Ordinal);
            Assert.EndsWith("\r\nhi\r\n", content, StringComparison.Ordinal);
            Assert.Equal(content.Length, Assert.Single(world.Submission.Stored).Envelope.Size);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_discarded_message_is_accepted_and_not_stored(string stage, string answering)
    {
        foreach (var world in await ReplayAsync(Whole, stage, answering, Verdict.Discard))
        {
            Assert.Empty(world.Submission.Stored);
            Assert.Empty(world.Log.Of("accepted"));
            var line = Assert.Single(world.Log.Of("discarded"));
            Assert.Equal("b@y.test", line.Fields["Recipients"]);
            Assert.Equal("scripted", line.Fields["Check"]);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public Task A_deferred_command_may_be_repeated(string stage, string answering) =>
        NegativeAsync(stage, answering, Verdict.Defer("450 4.7.1 Later"), stage == "connect" ? "421 4.7.1 Later" : "450 4.7.1 Later");

    [Theory]
    [MemberData(nameof(Cases))]
    public Task A_refused_command_gets_the_reply_of_the_check(string stage, string answering) =>
        NegativeAsync(stage, answering, Verdict.Refuse("550 5.7.1 Never"), stage == "connect" ? "554 5.7.1 Never" : "550 5.7.1 Never");

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_check_that_fails_defers_and_is_named_in_the_log(string stage, string answering)
    {
        var worlds = await NegativeAsync(stage, answering, null, stage == "connect" ? "421 4.3.0 *" : "451 4.3.0 *");
        foreach (var world in worlds)
        {
            var line = Assert.Single(world.Log.Of("check failed"));
            Assert.Equal("scripted", line.Fields["Check"]);
            Assert.Equal("InvalidOperationException: as the test wants", line.Fields["Reason"]);
            Assert.Equal(stage is "data" or "message", MessageId.TryParse((string)line.Fields["MessageId"]!, out _));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_421_of_a_check_ends_the_session(string stage, string answering) =>
        await ReplayAsync(Upto(stage) + "S: 421 4.7.0 Go\nS. ", stage, answering, Verdict.Defer("421 4.7.0 Go"));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_reply_may_have_several_lines(string stage, string answering) => await ReplayAsync(
        Upto(stage) + (stage == "connect" ? "S: 554-5.7.1 One\nS: 554 5.7.1 Two\n" : "S: 550-5.7.1 One\nS: 550 5.7.1 Two\n"), stage,
        answering, Verdict.WithReply(["550 5.7.1 One", "550 5.7.1 Two"]));

    [Fact]
    public void Lines_of_a_reply_have_one_code() =>
        Assert.Throws<ArgumentException>(() => Verdict.WithReply(["550 5.7.1 One", "551 5.7.1 Two"]));

    private const string Whole = """
        S: 220 *
        C: HELO c
        S: 250 mx*
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 *
        C: RCPT TO:<b@y.test>
        S: 250 2.1.5 *
        C: DATA
        S: 354 *
        C: hi
        C: .
        S: 250 2.0.0 Ok: queued as *
        C: QUIT
        S: 221 *
        S. 
        """;

    // Includes the command of the stage, without its reply.
    private static string Upto(string stage)
    {
        var reply = stage switch
        {
            "connect" => "S: 220",
            "hello" => "S: 250 mx",
            "mail" => "S: 250 2.1.0",
            "rcpt" => "S: 250 2.1.5",
            _ => "S: 250 2.0.0",
        };
        return Whole[..Whole.IndexOf(reply, StringComparison.Ordinal)];
    }

    // Shows the state of the session after the refusal.
    private static string After(string stage) => stage switch
    {
        "connect" => "S. ",
        "hello" => "C: MAIL FROM:<a@x.test>\nS: 503 5.5.1 Send HELO or EHLO first",
        "mail" => "C: RCPT TO:<b@y.test>\nS: 503 5.5.1 MAIL command needed\nC: MAIL FROM:<other@x.test>\nS: 250 2.1.0 *",
        "rcpt" => "C: DATA\nS: 554 5.5.1 No valid recipients\nC: RCPT TO:<other@y.test>\nS: 250 2.1.5 *",
        _ => "C: MAIL FROM:<a@x.test>\nS: 250 2.1.0 *",
    };

    private static async Task<IReadOnlyList<World>> NegativeAsync(string stage, string answering, Verdict? verdict, string reply)
    {
        var worlds = await ReplayAsync($"{Upto(stage)}S: {reply}\n{After(stage)}", stage, answering, verdict);
        foreach (var world in worlds)
        {
            Assert.Empty(world.Submission.Stored);
            Assert.Empty(world.Log.Of("session failed"));
            var fields = world.Log.Of("rejected")[0].Fields;
            Assert.StartsWith(reply.TrimEnd('*'), (string)fields["Reply"]!, StringComparison.Ordinal);
            Assert.Equal(stage is "data" or "message", MessageId.TryParse((string)fields["MessageId"]!, out _));
        }

        return worlds;
    }

    // The check throws on null.
    private static Task<IReadOnlyList<World>> ReplayAsync(string transcript, string stage, string answering, Verdict? verdict)
    {
        string[] judged = ["connect", "hello c", "mail a@x.test", "rcpt b@y.test", "data hi\r\n", "message hi\r\n"];
        Verdict Rule(string about) => about != judged[Array.IndexOf(Stages, stage)] ? Verdict.Accept
            : verdict ?? throw new InvalidOperationException("as the test wants");
        return Dialogue.ReplayAsync(transcript, () => new World(checks: new ScriptedCheck(Rule, Enum.Parse<Answering>(answering)).All));
    }

    private static string Content(World world) =>
        Encoding.Latin1.GetString(Assert.Single(world.Submission.Stored).Content.Octets.ToArray());
}

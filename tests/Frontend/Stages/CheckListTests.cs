using System.Buffers;
using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Stages;

/// <summary>The order of the checks of a stage, and the result of several checks.</summary>
public sealed class CheckListTests
{
    private const string Start = "S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 2.1.0 *\n";
    private const string Message = "C: DATA\nS: 354 *\nC: hi\nC: .\nS: 250 2.0.0 Ok: queued as *\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Checks_run_in_order_up_to_the_first_that_does_not_accept(bool asks)
    {
        var answering = asks ? Answering.Later : Answering.AtOnce;
        var checks = new List<ScriptedCheck>();
        await Dialogue.ReplayAsync(
            Start + "C: RCPT TO:<b@y.test>\nS: 550 5.7.1 second",
            () =>
            {
                checks.Add(new ScriptedCheck(_ => Verdict.Accept, answering));
                checks.Add(new ScriptedCheck(_ => Verdict.Refuse("550 5.7.1 second"), answering));
                checks.Add(new ScriptedCheck(_ => Verdict.Refuse("550 5.7.1 third"), answering));
                return new World(checks: new SessionChecks { Recipient = [.. checks.TakeLast(3)] });
            });
        foreach (var world in checks.Chunk(3)) Assert.Equal([1, 1, 0], world.Select(check => check.Judged.Count));
    }

    [Fact]
    public async Task No_check_runs_for_a_recipient_that_the_relay_rule_refuses()
    {
        var checks = new List<ScriptedCheck>();
        await Dialogue.ReplayAsync(
            Start + "C: RCPT TO:<b@elsewhere.example>\nS: 550 5.7.1 Relaying denied",
            () =>
            {
                checks.Add(new ScriptedCheck(_ => Verdict.Accept, Answering.Later));
                return new World(checks: new SessionChecks { Recipient = [checks[^1]] });
            },
            World.Untrusted);
        Assert.All(checks, check => Assert.Empty(check.Judged));
    }

    [Fact]
    public Task A_check_does_not_run_for_listeners_that_it_does_not_apply_to() => Dialogue.ReplayAsync(
        Start,
        () => new World(checks: new ScriptedCheck(_ => Verdict.Refuse("550 5.7.1 Never"), Answering.Later) { Applies = _ => false }.All));

    [Fact]
    public async Task Headers_are_added_in_the_order_of_the_checks()
    {
        var worlds = await Dialogue.ReplayAsync(
            Start + "C: RCPT TO:<b@y.test>\nS: 250 *\nC: RCPT TO:<c@y.test>\nS: 250 *\n" + Message + """
            C: MAIL FROM:<other@x.test>
            S: 250 *
            C: RCPT TO:<b@y.test>
            S: 250 *

            """ + Message,
            () => new World(checks: new ScriptedCheck(about => Verdict.AcceptWith("X-Check", about.Split('\r')[0]), Answering.Later).All));
        foreach (var world in worlds)
        {
            Assert.Equal(
                ["message hi", "connect", "hello c", "mail a@x.test", "rcpt b@y.test", "rcpt c@y.test", "data hi"], HeadersOf(world, 0));
            // Headers of the connect and hello stages apply to later messages; headers of a transaction do not.
            Assert.Equal(
                ["message hi", "connect", "hello c", "mail other@x.test", "rcpt b@y.test", "data hi"], HeadersOf(world, 1));
        }
    }

    [Fact]
    public async Task A_discarded_recipient_gets_nothing_and_the_others_get_the_message()
    {
        var worlds = await Dialogue.ReplayAsync(
            Start + "C: RCPT TO:<discard@y.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\n" + Message,
            () => new World(checks: new ScriptedCheck(ScriptedCheck.ByName, Answering.Later).All));
        foreach (var world in worlds)
        {
            Assert.Equal("b@y.test", Assert.Single(Assert.Single(world.Submission.Stored).Recipients).Address);
            Assert.Equal("discard@y.test", Assert.Single(world.Log.Of("discarded")).Fields["Recipients"]);
        }
    }

    [Fact]
    public async Task A_deferral_does_not_count_as_an_error()
    {
        var transcript = new StringBuilder(Start);
        for (var i = 0; i < 30; i++) transcript.Append($"C: RCPT TO:<defer{i}@y.test>\nS: 450 4.7.1 Later\n");
        transcript.Append("C: RCPT TO:<b@y.test>\nS: 250 2.1.5 *");
        await Dialogue.ReplayAsync(
            transcript.ToString(),
            () => new World(
                new SmtpOptions { GreetingDelay = TimeSpan.Zero, MaxErrors = 5 },
                checks: new ScriptedCheck(ScriptedCheck.ByName, Answering.AtOnce).All));
    }

    [Fact]
    public Task A_check_chooses_the_verdict_for_its_own_failure() => Dialogue.ReplayAsync(
        Start + "C: RCPT TO:<throw@y.test>\nS: 250 2.1.5 *",
        () => new World(checks: new ScriptedCheck(ScriptedCheck.ByName, Answering.Later) { WhenFailed = Verdict.Accept }.All));

    [Theory]
    [InlineData("")]
    [InlineData("450 4.7.1 Later")]
    [InlineData("550")]
    [InlineData("550 Never")]
    [InlineData("550 5.7 Never")]
    [InlineData("550 4.7.1 Never")]
    [InlineData("560 5.7.1 Never")]
    public void A_refusal_needs_codes_of_class_5(string reply) => Assert.Throws<ArgumentException>(() => Verdict.Refuse(reply));

    [Fact]
    public void Foreign_text_cannot_break_a_reply()
    {
        var reply = Encoding.ASCII.GetString(Verdict.Refuse($"550 5.7.1 listed\r\n250 Ok \u00e9 {new string('x', 600)}").Reply.Span);
        Assert.StartsWith("550 5.7.1 listed??250 Ok ? xxx", reply, StringComparison.Ordinal);
        Assert.Equal(512, reply.Length);
        Assert.Equal(reply.Length - 2, reply.IndexOf("\r\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("A B", "x")]
    [InlineData("A:", "x")]
    [InlineData("A", "x\r\nB: y")]
    [InlineData("A", "x\r\n\r\n y")]
    [InlineData("A", "x\r\n \r\n y")]
    [InlineData("A", "x\ny")]
    [InlineData("A", "\u00e9")]
    public void A_malformed_header_field_is_rejected(string name, string value) =>
        Assert.Throws<ArgumentException>(() => Verdict.AcceptWith(name, value));

    private static IEnumerable<string> HeadersOf(World world, int message)
    {
        var content = Encoding.Latin1.GetString(world.Submission.Stored[message].Content.Octets.ToArray());
        return content.Split("\r\n").TakeWhile(line => !line.StartsWith("Received", StringComparison.Ordinal))
            .Select(line => line["X-Check: ".Length..]);
    }
}

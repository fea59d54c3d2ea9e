using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Stages;

/// <summary>A session waiting for the answer to a question.</summary>
public sealed class AskTests
{
    private const string Hello = "HELO c\r\n";
    private const string Mail = "MAIL FROM:<a@x.test>\r\n";
    private const string Rcpt = "RCPT TO:<b@y.test>\r\n";
    private const string Content = "hi\r\n.\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // The input up to the question of a stage, and the replies before the question.
    private static readonly Dictionary<string, (string Said, string[] Replies)> Ways = new()
    {
        ["connect"] = ("", []),
        ["hello"] = (Hello, ["220 *"]),
        ["mail"] = (Hello + Mail, ["220 *", "250 mx*"]),
        ["rcpt"] = (Hello + Mail + Rcpt, ["220 *", "250 mx*", "250 2.1.0 *"]),
        ["data"] = (Hello + Mail + Rcpt + "DATA\r\n" + Content, ["220 *", "250 mx*", "250 2.1.0 *", "250 2.1.5 *", "354 *"]),
    };

    [Theory]
    [InlineData("connect", "421 4.3.0 *")]
    [InlineData("hello", "451 4.3.0 *")]
    [InlineData("mail", "451 4.3.0 *")]
    [InlineData("rcpt", "451 4.3.0 *")]
    [InlineData("data", "451 4.3.0 *")]
    public async Task A_verdict_that_is_late_becomes_a_deferral(string stage, string reply)
    {
        var (world, check) = AskingWorld(stage);
        await using var client = await AskedAsync(world, check, stage);
        world.Time.Advance(ISessionCheck.DefaultBudget - TimeSpan.FromSeconds(1));
        client.ExpectSilence();
        world.Time.Advance(TimeSpan.FromSeconds(2));
        await client.ExpectAsync(reply);
        Assert.True(check.Token.IsCancellationRequested);
        Assert.Equal("no answer within 00:00:30", Assert.Single(world.Log.Of("check failed")).Fields["Reason"]);
        if (stage == "connect") await client.ExpectEndAsync();
        else await EchoAsync(client);
        // A late verdict has no effect.
        check.AnswerNext();
        client.ExpectSilence();
        Assert.Empty(world.Submission.Stored);
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("hello")]
    [InlineData("mail")]
    [InlineData("rcpt")]
    public async Task A_client_that_leaves_ends_the_question(string stage)
    {
        var (world, check) = AskingWorld(stage);
        await using var client = await AskedAsync(world, check, stage);
        await client.SendAsync("NOOP\r\n");
        client.Finish();
        await client.ExpectEndAsync();
        Assert.True(check.Token.IsCancellationRequested);
        Assert.Empty(world.Log.Of("check failed"));
        Assert.Equal(world.Memory.Free, new World().Memory.Free);
    }

    // A client may close its side without waiting for the reply, as during storing.
    [Fact]
    public async Task A_message_is_delivered_although_its_client_left_during_the_question()
    {
        var (world, check) = AskingWorld("data");
        await using var client = await AskedAsync(world, check, "data");
        client.Finish();
        Assert.True(check.AnswerNext());
        await client.ExpectAsync("250 2.0.0 *");
        await client.ExpectEndAsync();
        Assert.Single(world.Submission.Stored);
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("hello")]
    [InlineData("mail")]
    [InlineData("rcpt")]
    public async Task A_stopping_server_ends_the_question(string stage)
    {
        var (world, check) = AskingWorld(stage);
        await using var client = await AskedAsync(world, check, stage);
        await client.SendAsync("NOOP\r\n");
        client.Session.Stop();
        await client.ExpectAsync("421 4.3.2 Service shutting down");
        await client.ExpectEndAsync();
        await Eventually(() => check.Token.IsCancellationRequested);
        Assert.Empty(world.Log.Of("check failed"));
    }

    [Fact]
    public async Task A_stopping_server_waits_for_the_verdict_on_a_message()
    {
        var (world, check) = AskingWorld("data");
        await using var client = await AskedAsync(world, check, "data");
        client.Session.Stop();
        client.ExpectSilence();
        Assert.True(check.AnswerNext());
        await client.ExpectAsync("250 2.0.0 *", "421 4.3.2 Service shutting down");
        await client.ExpectEndAsync();
        Assert.Single(world.Submission.Stored);
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("rcpt")]
    [InlineData("data")]
    public async Task The_end_of_the_grace_period_ends_the_question(string stage)
    {
        var (world, check) = AskingWorld(stage);
        await using var client = await AskedAsync(world, check, stage);
        await client.AbortAsync();
        await client.ExpectEndAsync();
        Assert.True(check.Token.IsCancellationRequested);
        Assert.Empty(world.Submission.Stored);
        Assert.Empty(world.Log.Of("check failed"));
    }

    [Fact]
    public async Task Replies_before_a_question_are_sent_and_later_commands_wait_for_the_verdict()
    {
        var check = new ScriptedCheck(ScriptedCheck.ByName, Answering.ByTest);
        await using var client = new MemoryClient(new World(checks: new SessionChecks { Recipient = [check] }));
        await client.SendAsync(Hello + Mail + "RCPT TO:<refuse@y.test>\r\nNOOP\r\n" + Rcpt + "DATA\r\n");
        await client.ExpectAsync("220 *", "250 mx*", "250 2.1.0 *");
        client.ExpectSilence();
        await client.SendAsync(Content + "QUIT\r\n");
        client.ExpectSilence();
        Assert.True(check.AnswerNext());
        await client.ExpectAsync("550 5.7.1 Never", "250 2.0.0 Ok");
        client.ExpectSilence();
        await Eventually(check.AnswerNext);
        await client.ExpectAsync("250 2.1.5 *", "354 *", "250 2.0.0 Ok: queued as *", "221 *");
        await client.ExpectEndAsync();
    }

    // The pipe does not count examined octets: without a limit a client could fill the memory during a question.
    [Fact]
    public async Task Reading_ahead_is_limited()
    {
        var (world, check) = AskingWorld("connect");
        await using var client = new MemoryClient(world, inputBuffer: 4096);
        await check.Asked.WaitAsync(Patience);
        // The session reads inline: input that it does not read remains in the pipe, which then accepts no more.
        var (sent, octets) = (0, new string('x', 1024));
        while (client.SendAsync(octets).IsCompletedSuccessfully)
        {
            sent += octets.Length;
            Assert.InRange(sent, 0, 2 * FrontendLimits.ReadAhead);
        }

        Assert.InRange(sent, FrontendLimits.ReadAhead, 2 * FrontendLimits.ReadAhead);
    }

    private static (World World, ScriptedCheck Check) AskingWorld(string stage)
    {
        var check = new ScriptedCheck(_ => Verdict.Accept, Answering.ByTest);
        var checks = stage switch
        {
            "connect" => new SessionChecks { Connect = [check] },
            "hello" => new SessionChecks { Hello = [check] },
            "mail" => new SessionChecks { Mail = [check] },
            "rcpt" => new SessionChecks { Recipient = [check] },
            _ => new SessionChecks { Data = [check] },
        };
        return (new World(checks: checks), check);
    }

    // The client has sent the input up to the question, and the session waits.
    private static async Task<MemoryClient> AskedAsync(World world, ScriptedCheck check, string stage)
    {
        var client = new MemoryClient(world);
        await client.SendAsync(Ways[stage].Said);
        await client.ExpectAsync(Ways[stage].Replies);
        await check.Asked.WaitAsync(Patience);
        client.ExpectSilence();
        return client;
    }

    private static async Task EchoAsync(MemoryClient client)
    {
        await client.SendAsync("NOOP\r\n");
        await client.ExpectAsync("250 2.0.0 Ok");
    }

    private static Task Eventually(Func<bool> isDone) =>
        Postfleet.Testing.Eventually.True(() => isDone(), Patience, "it did not come to it");
}

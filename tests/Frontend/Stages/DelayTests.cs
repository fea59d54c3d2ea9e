using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Stages;

/// <summary>
/// Replies and stored messages do not depend on the split of the input or on the time of verdicts: they equal the replies and messages with
/// synchronous verdicts.
/// </summary>
public sealed partial class DelayTests
{
    private static readonly SmtpOptions Limits = new()
    {
        GreetingDelay = TimeSpan.Zero,
        MaxMessageSize = new ByteSize(1000),
        MaxErrors = 6,
        MaxJunkCommands = 8,
        MaxCommands = 40,
        MaxMessagesPerConnection = 5,
        MaxRecipients = 3,
    };

    private static readonly Gen<string> Said = Generators.TextOf(
        25, "EHLO c\r\n", "EHLO refuse\r\n", "EHLO discard\r\n", "HELO header\r\n", "MAIL FROM:<a@x.test>\r\n",
        "MAIL FROM:<defer@x.test>\r\n",
        "MAIL FROM:<header@x.test>\r\n", "MAIL FROM:<discard@x.test>\r\n", "RCPT TO:<b@y.test>\r\n", "RCPT TO:<b@y.test>\r\nDATA\r\n",
        "RCPT TO:<refuse@y.test>\r\n", "RCPT TO:<discard@y.test>\r\n", "RCPT TO:<throw@y.test>\r\n", "RCPT TO:<header@y.test>\r\n",
        "DATA\r\n",
        "hello\r\n.\r\n", "defer\r\n.\r\n", "header\r\n.\r\n", "refuse\r\n.\r\n", "BDAT 6\r\nhello\r\n",
        "BDAT 8 LAST\r\nrefuse\r\n", "BDAT 7 LAST\r\nthrow\r\n",
        "BDAT 0 LAST\r\n", "RSET\r\n", "NOOP\r\n", "FOO\r\n", "\n", "QUIT\r\n",
        "MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\nDATA\r\nhi\r\n.\r\n");

    // The sizes of the pieces, and the number of questions completed between two pieces.
    private static readonly Gen<(int Octets, int Answers)[]> Steps = Gen.Select(Gen.Int[1, 40], Gen.Int[0, 2]).Array[1, 20];

    [Fact]
    public Task Replies_do_not_depend_on_the_split_of_input_or_the_time_of_verdicts() => Gen.Select(Said, Steps).SampleAsync(
        async (said, steps) =>
        {
            var text = "EHLO c\r\nMAIL FROM:<a@x.test>\r\n" + said;
            var atOnce = await RunAsync(text, new(ScriptedCheck.ByName, Answering.AtOnce), [(text.Length, 0)]);
            Assert.Equal(atOnce, await RunAsync(text, new(ScriptedCheck.ByName, Answering.ByTest), [(text.Length, 0)]));
            Assert.Equal(atOnce, await RunAsync(text, new(ScriptedCheck.ByName, Answering.ByTest), steps));
        },
        iter: 1_000);

    // On the thread pool, without a synchronisation context: everything runs inline.
    private static Task<string> RunAsync(string said, ScriptedCheck check, (int Octets, int Answers)[] steps) => Task.Run(async () =>
    {
        var world = new World(Limits, checks: check.All);
        await using var client = new MemoryClient(world);
        for (var (start, step) = (0, 0); start < said.Length; step++)
        {
            var (octets, answers) = steps[step % steps.Length];
            var end = Math.Min(said.Length, start + octets);
            await client.SendAsync(said[start..end]);
            start = end;
            for (var i = 0; i < answers; i++) check.AnswerNext();
        }

        while (check.AnswerNext())
        {
        }

        client.Finish();
        var replies = Encoding.ASCII.GetString(await client.ReadRestAsync());
        Assert.Empty(world.Log.Of("session failed"));
        Assert.Equal(world.Memory.Free, new World(Limits).Memory.Free);
        var stored = world.Submission.Stored.Select(message =>
            Id().Replace(Encoding.ASCII.GetString(message.Content.Octets.ToArray()), "id")
            + $" {message.Recipients.Count}");
        var discarded = world.Log.Of("discarded").Select(line => line.Fields["Recipients"]);
        return Id().Replace(replies, "id") + string.Join('\n', stored) + string.Join('\n', discarded);
    });

    [GeneratedRegex(@"(?<=queued as |with E?SMTP id )\w+")]
    private static partial Regex Id();
}

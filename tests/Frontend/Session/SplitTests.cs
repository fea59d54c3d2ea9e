using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Replies and stored messages do not depend on the split of the input.</summary>
public sealed partial class SplitTests
{
    private static readonly SmtpOptions Limits = new()
    {
        GreetingDelay = TimeSpan.Zero,
        MaxMessageSize = new ByteSize(1000),
        MaxErrors = 6,
        MaxJunkCommands = 5,
        MaxCommands = 40,
        MaxMessagesPerConnection = 4,
        MaxRecipients = 2,
    };

    // Enough valid commands for complete messages, and malformed input.
    private static readonly Gen<string> Hostile = Generators.TextOf(
        30, "EHLO c\r\n", "MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n", "MAIL FROM:<a@x.test> SMTPUTF8\r\n",
        "RCPT TO:<\xc3\xb6@y.test>\r\n", "DATA\r\n",
        "\r\n.\r\n", "BDAT 6\r\nhello\r\n", "BDAT 3 LAST\r\n.\r\n", "BDAT 4\r\n", "BDAT x\r\n", "BDAT 2000\r\n", "RSET\r\n", "NOOP\r\n",
        "STARTTLS\r\n", "QUIT\r\n",
        "\r\n", "\r", "\n", ".", "\0", "\xe9", "some text", "RCPT TO:<\"a\\\"@b\"@[192.0.2.1]>\r\n", "MAIL FROM:<@r.test:a@x.test>\r\n");

    [Fact]
    public Task Any_split_of_the_input_gives_the_same_session() => Gen.Select(Hostile, Gen.Bool).SampleAsync(
        async (said, isTrusted) =>
        {
            var client = isTrusted ? World.Trusted : World.Untrusted;
            var whole = await RunAsync(said, InputSplit.Whole, client);
            Assert.Equal(whole, await RunAsync(said, InputSplit.Lines, client));
            Assert.Equal(whole, await RunAsync(said, InputSplit.Octets, client));
        },
        iter: 800);

    private static async Task<string> RunAsync(string said, InputSplit split, IPAddress address)
    {
        var world = new World(Limits, new RelayOptions { Domains = [DomainPattern.Parse("y.test")] });
        await using var client = new MemoryClient(world, split, address);
        await client.SendAsync("EHLO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n" + said);
        client.Finish();
        var replies = Encoding.ASCII.GetString(await client.ReadRestAsync());
        Assert.Empty(world.Log.Of("session failed"));
        Assert.Equal(world.Memory.Free, new World(Limits).Memory.Free);
        var stored = world.Submission.Stored
            .Select(message => $"{message.Content.Length} {message.Envelope.NeedsSmtpUtf8} {message.Recipients.Count}");
        return Id().Replace(replies, "queued as id") + string.Join('\n', stored);
    }

    [GeneratedRegex(@"queued as \S+")]
    private static partial Regex Id();
}

using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Frontend.Tests.Fuzz;

/// <summary>
/// For any input and any verdicts: the session sends only well-formed replies, which do not depend on the split of the input or on the time
/// of the verdicts; stores exactly the acknowledged messages without a discarding verdict; and ends when the client ends.
/// </summary>
public sealed partial class SessionFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "\r\n", "\n", "\r", ".\r\n", "\r\n.\r\n", "\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\0", "EHLO a.example\r\n",
        "HELO a.example\r\n",
        "MAIL FROM:<>\r\n", "MAIL FROM:<a@x.test> SIZE=99999999999999999999\r\n", "MAIL FROM:<\u00c3\u00a4@x.test> SMTPUTF8\r\n",
        " BODY=8BITMIME", " BODY=BINARYMIME",
        " RET=HDRS", " ENVID=QQ+2B", " NOTIFY=NEVER", " NOTIFY=SUCCESS,DELAY", " ORCPT=rfc822;a+40b", " REQUIRETLS",
        "RCPT TO:<b@y.test>\r\n",
        "RCPT TO:<@relay.test,@other.test:b@y.test>\r\n", "RCPT TO:<\"a b\"@[192.0.2.1]>\r\n", "RCPT TO:<postmaster>\r\n", "DATA\r\n",
        "BDAT 0\r\n", "BDAT 5\r\nhello",
        "BDAT 0 LAST\r\n", "BDAT 7 LAST\r\nhello\r\n", "BDAT 4294967297 LAST\r\n", "BDAT -1\r\n", "RSET\r\n", "NOOP\r\n", "VRFY a\r\n",
        "EXPN a\r\n", "HELP\r\n", "STARTTLS\r\n", "QUIT\r\n",
        "AUTH PLAIN AGEAYg==\r\n", "\u00ff\u00fe", "[IPv6:::1]", "<>", "xn--a", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n", "Received: x\r\n",
        "header", "defer", "refuse", "discard", "throw", "MAIL FROM:<header@x.test>\r\n", "RCPT TO:<discard@y.test>\r\n",
    ];

    // Bounds the slow runs octet by octet.
    private const int MaxInOctets = 2_000;

    [Fact]
    public async Task Any_input_gets_replies_and_only_acknowledged_messages_are_stored()
    {
        var fuzzer = new Fuzzer(Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(5)), RunAsync);
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    private static async Task<string> RunAsync(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        string? first = null;
        foreach (var split in Enum.GetValues<InputSplit>())
        {
            if (split == InputSplit.Octets && input.Length > MaxInOctets) continue;
            foreach (var answering in (Answering[])[Answering.AtOnce, Answering.ByTest])
            {
                // On the thread pool, without a synchronisation context: everything runs inline.
                var said = await Task.Run(() => RunAsync(text, split, answering));
                first ??= said;
                if (said != first) throw new InvalidOperationException($"{split}, {answering}: replies\n{said}\ndiffer from\n{first}");
            }
        }

        // The coverage for the fuzzer: pairs of successive replies.
        var codes = Code().Matches(first!).Select(match => match.Value).ToList();
        return string.Join(' ', codes.Zip(codes.Skip(1), (a, b) => $"{a}>{b}").Distinct().Order(StringComparer.Ordinal));
    }

    private static async Task<string> RunAsync(string input, InputSplit split, Answering answering)
    {
        // Half of the inputs run without the scripted check.
        var check = new ScriptedCheck(ScriptedCheck.ByName, answering) { Applies = _ => input.Length % 4 < 2 };
        var limits = World.NoDelay with { MaxMessageSize = new ByteSize(10_000) };
        var world = new World(limits, new RelayOptions { Domains = [DomainPattern.Parse("y.test")] }, checks: check.All);
        // Bare line ends are refused from untrusted and accepted from trusted clients.
        var address = input.Length % 2 == 0 ? World.Trusted : World.Untrusted;
        // Unlimited buffer of replies, since the client reads at the end.
        await using var client = new MemoryClient(world, split, address, replyBuffer: 0);
        check.AnswerNext();
        Assert.StartsWith("220 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync(input);
        while (check.AnswerNext())
        {
        }

        client.Finish();
        var said = Encoding.Latin1.GetString(await client.ReadRestAsync());
        foreach (var line in said.Split("\r\n").SkipLast(1)) Assert.Matches(Line(), line);
        Assert.True(said.Length == 0 || said.EndsWith("\r\n", StringComparison.Ordinal), "the last reply has no CRLF");
        var stored = world.Submission.Stored.Select(message => message.Id).ToHashSet();
        var discarded = world.Log.Of("discarded").Select(line => line.Fields["MessageId"]).ToHashSet();
        Assert.Equal(Queued().Count(said), stored.Count + discarded.Count(id => !stored.Contains((MessageId)id!)));
        foreach (var message in world.Submission.Stored)
        {
            var content = Encoding.Latin1.GetString(message.Content.Octets.ToArray());
            Assert.Equal(content.Length, message.Envelope.Size);
            Assert.DoesNotContain('\0', content);
            Assert.DoesNotMatch(Bare(), content);
        }

        return Queued().Replace(said, "queued");
    }

    [GeneratedRegex(@"^[2-5]\d\d[ -][\x20-\x7e]{0,506}$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^[2-5]\d\d[ -](\d\.\d\.\d+)?", RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex("queued as [0-9A-Z]+")]
    private static partial Regex Queued();

    [GeneratedRegex(@"\r(?!\n)|(?<!\r)\n")]
    private static partial Regex Bare();
}

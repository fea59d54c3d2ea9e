using System.Text;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Mail to a domain with its MX on loopback arrives unchanged below the trace field.</summary>
public sealed class UnchangedMailTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Octets_that_arrive_are_the_octets_that_leave(Engine engine)
    {
        await using var sink = new SmtpSink(new SinkOptions { IdHeader = "X-Case" });
        await using var dns = await Dnsmasq.StartAsync(new DnsRecords()
            .Mx("example.com", "mx.example.com").Address("mx.example.com", "127.0.0.1"));
        await using var node = new PostfleetNode(await engine.SpecAsync() with
        {
            Routes = [("*", "mx")],
            DnsServers = [dns.EndPoint.ToString()],
            Configure = json => json["Delivery"]!["Port"] = sink.Port,
        });
        await node.StartAsync();

        var contents = Contents();
        using (var client = await SmtpClientLite.ConnectAsync(node.Relay))
        {
            Assert.True((await client.CommandAsync("EHLO test")).IsPositive);
            foreach (var (name, content) in contents)
            {
                var eightBit = content.AsSpan().ContainsAnyInRange((byte)0x80, (byte)0xff);
                var reply = await client.SendMessageAsync(
                    "sender@source.test", [$"{name}@example.com"], content, eightBit ? "BODY=8BITMIME" : "");
                Assert.True(reply.Code == 250, $"{name}: {reply}");
            }
        }

        await sink.WaitForAsync(contents.Count, Limit);
        Assert.Equal(0, sink.Duplicates);
        Assert.Equal(
            contents.ToDictionary(pair => $"{pair.Key}@example.com", pair => (MessageContent.Hash(pair.Value), pair.Value.Length)),
            sink.Messages.ToDictionary(message => message.Recipients.Single(), message => (message.Hash, message.Octets)));
        Assert.All(sink.Messages, message =>
        {
            Assert.Contains("node.test", message.Trace, StringComparison.Ordinal);
            Assert.Equal("sender@source.test", message.ReversePath);
        });
        Assert.Contains(sink.Messages, message => message.MailParameters.Contains("BODY=8BITMIME", StringComparison.OrdinalIgnoreCase));
        await node.WaitEmptyAsync(Limit);
    }

    private static Dictionary<string, byte[]> Contents()
    {
        var large = new byte[20 * 1024 * 1024];
        new Random(20).NextBytes(large);
        // All octets except CR, LF and NUL, in lines of 900 octets.
        for (var i = 0; i < large.Length; i++)
        {
            large[i] = large[i] is 0 or 10 or 13 ? (byte)'.' : large[i];
        }

        for (var i = 900; i < large.Length; i += 900)
        {
            "\r\n"u8.CopyTo(large.AsSpan(i - 2));
        }

        "\r\n"u8.CopyTo(large.AsSpan(large.Length - 2));
        return new Dictionary<string, byte[]>
        {
            ["plain"] = Message("plain", "hello\r\n"),
            ["eight-bit"] = Message("eight-bit", Encoding.Latin1.GetString([.. Enumerable.Range(128, 128).Select(i => (byte)i)]) + "\r\n"),
            ["line-of-998"] = Message("line-of-998", new string('x', 998) + "\r\n"),
            ["dots"] = Message("dots", ".\r\n..\r\n...\r\n.x\r\n\r\n.\r\n"),
            ["dot-first"] = Encoding.ASCII.GetBytes(".\r\n"),
            ["no-body"] = Message("no-body", null),
            ["empty-body"] = Message("empty-body", ""),
            ["nothing"] = [],
            ["large"] = [.. Message("large", ""), .. large],
        };
    }

    private static byte[] Message(string name, string? body)
    {
        var header = $"From: <sender@source.test>\r\nSubject: octets\r\nX-Case: {name}\r\n";
        return Encoding.Latin1.GetBytes(body is null ? header : $"{header}\r\n{body}");
    }
}

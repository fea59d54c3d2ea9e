using System.Net;
using System.Net.Sockets;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Fixtures;

public sealed class SmtpSinkTests
{
    private static readonly byte[] Content = Encoding.ASCII.GetBytes("Message-Id: <1@x>\r\n\r\n.dot\r\n");

    [Fact]
    public async Task Foreign_client_is_understood()
    {
        await using var sink = new SmtpSink();
        using var client = new SmtpClient();
        await client.ConnectAsync("127.0.0.1", sink.Port, SecureSocketOptions.None);
        var message = new MimeMessage
        {
            MessageId = "abc@x",
            Subject = "hello",
            Body = new TextPart("plain") { Text = ".a dot\r\n" },
        };
        message.From.Add(MailboxAddress.Parse("a@x.test"));
        message.To.AddRange([MailboxAddress.Parse("b@y.test"), MailboxAddress.Parse("c@z.test")]);
        await client.SendAsync(message);
        await client.DisconnectAsync(quit: true);

        var taken = Assert.Single(sink.Messages);
        Assert.Equal("<abc@x>", taken.Id);
        Assert.Equal("a@x.test", taken.ReversePath);
        Assert.Equal(["b@y.test", "c@z.test"], taken.Recipients);
        Assert.Equal(2, sink.Deliveries);
        Assert.Equal(1, sink.ConnectionsTotal);
    }

    [Fact]
    public async Task The_hash_is_of_the_octets_below_the_trace()
    {
        await using var sink = new SmtpSink(new SinkOptions { KeepContent = true });
        byte[] relayed = [.. "Received: by relay;\r\n now\r\n"u8, .. Content];
        using (var client = await SmtpClientLite.ConnectAsync(sink.EndPoint))
        {
            Assert.Equal(250, (await client.SendMessageAsync("", ["r@x"], Content)).Code);
            Assert.Equal(250, (await client.SendMessageAsync("s@x", ["r@x"], relayed, "BODY=8BITMIME SIZE=9")).Code);
        }

        var (direct, second) = (sink.Messages.First(), sink.Messages.Last());
        Assert.Equal(MessageContent.Hash(Content), direct.Hash);
        Assert.Equal(direct.Hash, second.Hash);
        Assert.Equal("Received: by relay;\r\n now\r\n", second.Trace);
        Assert.Equal(relayed, second.Content);
        Assert.Equal(("", "BODY=8BITMIME SIZE=9"), (direct.ReversePath, second.MailParameters));
        Assert.Equal(1, sink.Duplicates);
        Assert.Equal(2, sink.Count("<1@x>", "r@x"));
    }

    [Fact]
    public async Task Replies_by_script_decide_what_is_taken()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step switch
            {
                { Stage: SinkStage.Recipient } when step.Line.Contains("<no@", StringComparison.Ordinal) =>
                    SinkAction.Reply("550 5.1.1 no\n550 5.1.1 such user"),
                { Stage: SinkStage.EndOfData, Transaction: 1 } =>
                    SinkAction.Reply("451 4.3.0 later") with { BytePause = TimeSpan.FromMilliseconds(1) },
                _ => SinkAction.Accept,
            },
        });
        using var client = await SmtpClientLite.ConnectAsync(sink.EndPoint);

        Assert.Equal(new SmtpReply(451, "4.3.0 later"), await client.SendMessageAsync("s@x", ["r@x"], Content));
        Assert.Equal(
            new SmtpReply(550, "5.1.1 no\n5.1.1 such user"), await client.SendMessageAsync("s@x", ["no@x", "r@x"], Content));
        Assert.Equal(["r@x"], Assert.Single(sink.Messages).Recipients);
        Assert.Equal(550, (await client.SendMessageAsync("s@x", ["no@x"], Content)).Code);
        Assert.Single(sink.Messages);
    }

    [Fact]
    public async Task Sink_drops_connections_within_data_and_after_a_message()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step switch
            {
                { Stage: SinkStage.Data, Connection: 1 } => SinkAction.DropMidData(1),
                { Stage: SinkStage.EndOfData, Connection: 2 } => SinkAction.TakeAndDrop,
                _ => SinkAction.Accept,
            },
        });
        var large = new byte[1_000_000];
        Array.Fill(large, (byte)'x');
        "\r\n"u8.CopyTo(large.AsSpan(large.Length - 2));

        using var first = await SmtpClientLite.ConnectAsync(sink.EndPoint);
        await AssertBrokenAsync(() => first.SendMessageAsync("s@x", ["r@x"], large));
        Assert.Empty(sink.Messages);
        using var second = await SmtpClientLite.ConnectAsync(sink.EndPoint);
        await AssertBrokenAsync(() => second.SendMessageAsync("s@x", ["r@x"], large));
        Assert.Single(sink.Messages);
    }

    [Fact]
    public async Task Sink_hangs_until_the_client_leaves()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.Mail ? SinkAction.Hang : SinkAction.Accept,
        });
        using (var client = await SmtpClientLite.ConnectAsync(sink.EndPoint))
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => client.CommandAsync("MAIL FROM:<a@b>", patience.Token));
            Assert.Equal(1, sink.ConnectionsNow);
        }

        await Eventually.True(() => sink.ConnectionsNow == 0, TimeSpan.FromSeconds(10), "the sink saw the client go");
    }

    [Fact]
    public async Task Sink_refuses_connections_and_accepts_again_on_the_same_port()
    {
        await using var sink = new SmtpSink();
        await using var other = new SmtpSink(new SinkOptions { Address = IPAddress.Parse("127.0.0.2"), Port = sink.Port });
        await sink.RefuseAsync();
        var refused = await Assert.ThrowsAsync<SocketException>(() => SmtpClientLite.ConnectAsync(sink.EndPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        using (var elsewhere = await SmtpClientLite.ConnectAsync(other.EndPoint))
        {
            Assert.Equal(220, elsewhere.Greeting.Code);
        }

        sink.Listen();
        using var client = await SmtpClientLite.ConnectAsync(sink.EndPoint);
        Assert.Equal(220, client.Greeting.Code);
    }

    [Fact]
    public async Task The_load_client_and_the_sink_agree_on_every_message()
    {
        await using var sink = new SmtpSink();
        await using var load = LoadClient.Start(
            new LoadPlan([sink.EndPoint], n => [$"a@{n % 7}.test", "b@x.test"]) { Messages = 2_000, Sessions = 20 });
        await load.ReachedAsync(1_000, TimeSpan.FromMinutes(1));
        await load.Finished;
        Assert.Equal(2_000, load.Acknowledged.Count);
        Assert.Equal(4_000, sink.Deliveries);
        Assert.Equal(0, sink.Duplicates);
        Assert.Equal(20, sink.ConnectionsTotal);
        Assert.InRange(sink.ConnectionsMax, 1, 20);
        Assert.All(load.Acknowledged, pair => Assert.All(pair.Value.Recipients, r => Assert.Equal(1, sink.Count(pair.Key, r))));
        Assert.All(sink.Messages, message => Assert.InRange(message.Octets, 4096, 4100));
    }

    private static async Task AssertBrokenAsync(Func<Task> act)
    {
        var broken = await Assert.ThrowsAnyAsync<Exception>(act);
        Assert.True(broken is EndOfStreamException or SocketException, broken.ToString());
    }
}

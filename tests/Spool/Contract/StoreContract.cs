using System.Buffers;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of the spool about storing and reading, on every engine and in the fake.</summary>
public abstract class StoreContract : ContractBench
{
    private protected StoreContract(IContractPlace place) : base(place)
    {
    }

    [Fact]
    public async Task A_stored_message_comes_back_as_it_was_also_after_a_restart()
    {
        var message = Mail.Message(Mail.Noon.AddTicks(1_234_560), "Subject: x\r\n\r\n.\r\n\0\u00ff\r\n", "a.test", "b.test");
        await StoreAsync(message);
        await ReopenAsync();

        Mail.AssertSame(message, await Spool.ReadAsync(message.Part(0), default), 0);
        Mail.AssertSame(message, await Spool.ReadAsync(message.Part(1), default), 1);
    }

    [Fact]
    public async Task The_times_the_priority_and_the_metadata_come_back()
    {
        var message = Mail.Message("a.test");
        var metadata = new MessageMetadata([new("order", "4711"), new("b", "\u00e4")]);
        message = message with
        {
            Envelope = message.Envelope with
            {
                SendAfter = 3600,
                Priority = -4,
                DeliverBy = new(7200, DeliverByMode.Return, IsTraced: true),
                Metadata = metadata,
            },
        };
        await StoreAsync(message);
        await ReopenAsync();
        Mail.AssertSame(message, await Spool.ReadAsync(message.Part(), default));
        var found = Assert.Single(await Spool.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 10, default));
        Assert.Equal((3600, Mail.Noon.AddHours(1)), (found.Part.SendAfter, found.Part.SendAt));
        Assert.Equal(
            (-4, DeliverByMode.Return, 7200), (found.Part.Priority, found.Part.DeliverByMode, found.Part.DeliverWithin));
        Assert.Equal(found, Assert.Single(message.ToPending()));
    }

    [Fact]
    public async Task The_null_reverse_path_and_an_empty_content_come_back()
    {
        var message = Mail.Notification().Holding(new MessageContent(ReadOnlyMemory<byte>.Empty));
        await StoreAsync(message);
        await ReopenAsync();

        var read = await Spool.ReadAsync(message.Part(), default);
        Assert.Null(read!.Message.ReversePath);
        Assert.Equal(0, read.Content.Length);
    }

    [Fact]
    public async Task A_large_content_in_segments_comes_back_whole_and_its_head_cut()
    {
        var bytes = new byte[3 << 20];
        new Random(7).NextBytes(bytes);
        var first = new Segment(bytes.AsMemory(0, 1 << 20));
        var last = first.Append(bytes.AsMemory(1 << 20, 1)).Append(bytes.AsMemory((1 << 20) + 1));
        var content = new MessageContent(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length));
        var message = Mail.Message("a.test").Holding(content);
        await StoreAsync(message);

        var head = await Spool.ReadHeadAsync(message.Part(), 100_000, default);
        var whole = await Spool.ReadAsync(message.Part(), default);
        Assert.Equal(bytes[..100_000], head!.Octets());
        Assert.Equal(bytes, whole!.Octets());
    }

    [Fact]
    public async Task The_head_of_a_small_message_is_cut_too()
    {
        var message = Mail.Message("a.test");
        await StoreAsync(message);
        Assert.Equal("Subject"u8.ToArray(), (await Spool.ReadHeadAsync(message.Part(), 7, default))!.Octets());
        Assert.Empty((await Spool.ReadHeadAsync(message.Part(), 0, default))!.Octets());
    }

    [Fact]
    public async Task A_part_that_was_never_stored_reads_as_gone()
    {
        var message = Mail.Message("a.test");
        await StoreAsync(message);
        Assert.Null(await Spool.ReadAsync(new PartId(message.Id, Mail.Queue("b.test")), default));
        Assert.Null(await Spool.ReadHeadAsync(Mail.Message("a.test").Part(), 10, default));
    }

    [Fact]
    public async Task A_settled_part_does_not_come_from_the_cache()
    {
        var message = Mail.Message("a.test");
        await StoreAsync(message);
        await SettleAsync(message);
        Assert.Null(await Spool.ReadAsync(message.Part(), default));
    }

    [Fact]
    public async Task Existing_messages_are_the_messages_with_a_part_in_the_queue()
    {
        var both = Mail.Message("a.test", "b.test");
        var onlyB = Mail.Message("b.test");
        var settled = Mail.Message("a.test");
        await StoreAsync(both, onlyB, settled);
        await SettleAsync(settled);

        MessageId[] asked = [both.Id, onlyB.Id, settled.Id, MessageId.New(Mail.Noon)];
        Assert.Equal(
            [KeyValuePair.Create<MessageId, MovedPart?>(both.Id, null)],
                await Spool.FindExistingAsync(Mail.Queue("a.test"), asked, default));
        Assert.Empty(await Spool.FindExistingAsync(Mail.Queue("a.test"), [], default));
    }

    [Fact]
    public async Task A_message_without_parts_or_with_a_queue_twice_is_refused()
    {
        var message = Mail.Message("a.test");
        await Assert.ThrowsAsync<ArgumentException>(async () => await Spool.StoreAsync(message with { Parts = [] }, default));
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await Spool.StoreAsync(message with { Parts = [.. message.Parts, .. message.Parts] }, default));
        Assert.Equal(0, await CountAsync("message"));
    }

    [Fact]
    public async Task Concurrently_stored_messages_all_survive_a_restart()
    {
        var messages = Enumerable.Range(0, 3000).Select(i => Mail.Message(Mail.Noon, $"Subject: {i}\r\n\r\n{new string('x', i)}", "a.test"))
            .ToArray();
        var results = await Task.WhenAll(messages.Select(message => Task.Run(async () => await Spool.StoreAsync(message, default))));
        await ReopenAsync();

        Assert.All(results, result => Assert.Equal(StoreResult.Stored, result));
        Assert.Equal(3000, await CountAsync("message"));
        foreach (var message in messages.Where((_, i) => i % 100 == 0))
            Mail.AssertSame(message, await Spool.ReadAsync(message.Part(), default));
    }

    [Fact]
    public async Task A_refused_operation_does_not_fail_the_other_operations_of_its_batch()
    {
        var known = Mail.Message("a.test");
        await StoreAsync(known);
        var messages = Enumerable.Range(0, 200).Select(i => i % 50 == 25 ? known : Mail.Message("a.test")).ToArray();
        var results = await Task.WhenAll(messages.Select(message => Spool.StoreAsync(message, default).AsTask()));

        Assert.Equal(messages.Select(message => message == known ? StoreResult.Unavailable : StoreResult.Stored), results);
        Assert.Equal(197, await CountAsync("message"));
        Assert.Equal(197, await CountAsync("part"));
    }

    [Fact]
    public async Task An_open_spool_is_healthy()
    {
        Assert.True(await Spool.IsHealthyAsync(default));
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }

    [Fact]
    public async Task Parts_read_at_the_same_moment_are_unchanged()
    {
        var messages = Enumerable.Range(0, 300)
            .Select(i => i % 50 == 7 ? Mail.Large((64 << 10) + i, "a.test") : Mail.Message(Mail.Noon, $"{i}\r\n", "a.test", "b.test"))
            .ToList();
        await Task.WhenAll(messages.Select(message => StoreAsync(message)));
        await SettleAsync(messages[3]);
        await ReopenAsync();

        var read = await Task.WhenAll(messages.Append(messages[5]).Append(Mail.Message("never.test"))
            .Select(message => Spool.ReadAsync(message.Part(), default).AsTask()));

        for (var i = 0; i < messages.Count; i++)
            if (i == 3) Assert.Null(read[i]);
            else Mail.AssertSame(messages[i], read[i]);
        Mail.AssertSame(messages[5], read[^2]);
        Assert.Null(read[^1]);
    }

    [Fact]
    public async Task A_read_that_is_given_up_ends_and_takes_none_with_it()
    {
        var messages = Enumerable.Range(0, 100).Select(_ => Mail.Message("a.test")).ToList();
        await Task.WhenAll(messages.Select(message => StoreAsync(message)));
        await ReopenAsync();
        using var source = new CancellationTokenSource();

        var given = messages.Select((message, i) => Spool.ReadAsync(message.Part(), i % 2 == 0 ? source.Token : default).AsTask()).ToList();
        await source.CancelAsync();

        for (var i = 0; i < given.Count; i++)
        {
            if (i % 2 == 1) Mail.AssertSame(messages[i], await given[i]);
            else if (await Record.ExceptionAsync(() => given[i]) is { } e) Assert.IsAssignableFrom<OperationCanceledException>(e);
        }
    }
}

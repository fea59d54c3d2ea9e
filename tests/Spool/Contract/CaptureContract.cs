using System.Buffers;
using Postfleet.Core.Mail;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of the capture store, on every engine.</summary>
public abstract class CaptureContract : SpoolBench
{
    private protected CaptureContract(ISpoolPlace place) : base(place)
    {
    }

    [Fact]
    public async Task A_captured_message_is_listed_and_its_content_kept_octet_for_octet()
    {
        var message = Mail.Message(Mail.Noon, "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n.dot\r\n\u00ff\r\n", "a.test");
        await CaptureAsync(message, Mail.Noon.AddSeconds(1), "x@a.test", "y@a.test");
        await ReopenAsync();

        var found = Assert.Single(await Spool.ListAsync(10, default));
        Assert.Equal((message.Id, message.Parts[0].Queue, Mail.Noon.AddSeconds(1)), (found.Id, found.Queue, found.CapturedAt));
        Assert.Equal(("sender@example.org", message.Content.Length, "Gr\u00fc\u00dfe"), (found.ReversePath, found.Size, found.Subject));
        Assert.Equal(["x@a.test", "y@a.test"], found.Recipients);
        var content = await Spool.ReadContentAsync(message.Id, default);
        Assert.Equal(message.Content.Octets.ToArray(), content!.Octets.ToArray());
        Assert.Null(await Spool.ReadContentAsync(Mail.Message("a.test").Id, default));
    }

    [Fact]
    public async Task A_repeat_adds_its_recipients_to_the_row()
    {
        var message = Mail.Message("a.test");
        await CaptureAsync(message, Mail.Noon, "x@a.test");
        await CaptureAsync(message, Mail.Noon.AddMinutes(1), "x@a.test", "y@a.test");

        var found = Assert.Single(await Spool.ListAsync(10, default));
        Assert.Equal(["x@a.test", "y@a.test"], found.Recipients.Order());
        Assert.Equal(Mail.Noon, found.CapturedAt);
    }

    [Fact]
    public async Task The_newest_are_listed_first_up_to_the_limit()
    {
        var messages = Enumerable.Range(0, 5).Select(i => Mail.Message(Mail.Noon.AddSeconds(i), "x", "a.test")).ToArray();
        foreach (var message in messages) await CaptureAsync(message, message.AcceptedAt, "x@a.test");
        var found = await Spool.ListAsync(3, default);
        Assert.Equal(messages.Reverse().Take(3).Select(message => message.Id), found.Select(captured => captured.Id));
    }

    [Fact]
    public async Task Messages_beyond_the_bound_are_deleted_oldest_first()
    {
        await ReopenAsync(captureMax: 10);
        var messages = Enumerable.Range(0, 25).Select(i => Mail.Message(Mail.Noon.AddSeconds(i), "x", "a.test")).ToArray();
        foreach (var message in messages) await CaptureAsync(message, message.AcceptedAt, "x@a.test");

        Assert.Equal(10, await CountAsync("captured"));
        Assert.Equal(messages.Reverse().Take(10).Select(message => message.Id), (await Spool.ListAsync(100, default))
            .Select(captured => captured.Id));
    }

    [Fact]
    public async Task Messages_beyond_the_maximum_age_are_deleted()
    {
        await ReopenAsync(captureMax: 10, captureMaxAge: TimeSpan.FromDays(7));
        await CaptureAsync(Mail.Message("a.test"), Mail.Noon, "x@a.test");
        await CaptureAsync(Mail.Message("a.test"), Mail.Noon.AddDays(7), "x@a.test");
        Assert.Equal(2, await CountAsync("captured"));
        await CaptureAsync(Mail.Message("a.test"), Mail.Noon.AddDays(7).AddSeconds(1), "x@a.test");
        Assert.Equal(2, await CountAsync("captured"));
    }

    [Fact]
    public async Task Captured_messages_are_deleted_by_id_and_as_a_whole()
    {
        var messages = Enumerable.Range(0, 205).Select(i => Mail.Message(Mail.Noon.AddSeconds(i), "x", "a.test")).ToArray();
        foreach (var message in messages) await CaptureAsync(message, message.AcceptedAt, "x@a.test");

        Assert.Equal(1, await Spool.DeleteAsync(messages[0].Id, default));
        Assert.Equal(0, await Spool.DeleteAsync(messages[0].Id, default));
        Assert.Null(await Spool.ReadContentAsync(messages[0].Id, default));
        Assert.Equal(messages[^1].Content.Length, (await Spool.ReadContentAsync(messages[^1].Id, default))!.Length);
        Assert.Equal(204, await Spool.DeleteAsync(null, default));
        Assert.Empty(await Spool.ListAsync(10, default));
        Assert.Equal(0, await Spool.DeleteAsync(null, default));
    }

    private async Task CaptureAsync(NewMessage message, DateTimeOffset at, params string[] recipients)
    {
        var part = new SpooledPart(message.Part(), message.AcceptedAt, message.Envelope, message.Parts[0].Envelope, message.Content);
        await Spool.CaptureAsync(part, [.. recipients.Select(Mailbox.Parse)], at, default);
    }
}

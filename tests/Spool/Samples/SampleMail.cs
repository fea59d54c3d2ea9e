using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Testing.Fakes;

namespace Postfleet.Spool.Tests.Samples;

/// <summary>The mail in each sample of a released schema.</summary>
internal static class SampleMail
{
    /// <summary>When its captured message was captured.</summary>
    public static readonly DateTimeOffset CapturedAt = Mail.Noon.AddSeconds(5);

    /// <summary>Has two parts; the queue of the second part has claimed it.</summary>
    public static readonly NewMessage Stored = WithId(0x19c_b8b8_1e00, "a.test", "b.test");

    /// <summary>Had two parts. The first part has failed: where the schema has notes, the report to its sender is still pending.</summary>
    public static readonly NewMessage HalfDone = WithId(0x19c_b8b8_1e01, "c.test", "d.test");

    /// <summary>Is captured, and has no part any more.</summary>
    public static readonly NewMessage Captured = WithId(0x19c_b8b8_1e02, "e.test");

    /// <summary>The note of the first part of <see cref="HalfDone"/>.</summary>
    public static NotedReport Note => new(
        HalfDone.Parts[0].Queue, ReportCause.Attempt, Mail.Noon, null,
        [
            new NotedOutcome(
                [new NotedRecipient(HalfDone.Parts[0].Envelope.Recipients[0], "")], Disposition.Failed, SuccessReport.None,
                new SmtpReply(550, new EnhancedStatus(5, 1, 1), "no such user"), "mx.test"),
        ]);

    /// <summary>Puts it into a spool.</summary>
    public static async Task StoreAsync(GroupCommitSpool spool)
    {
        Assert.Equal(StoreResult.Stored, await spool.StoreAsync(Stored, default));
        Assert.Equal(StoreResult.Stored, await spool.StoreAsync(HalfDone, default));
        await spool.MarkHandedOffAsync([Stored.Part(1).Mark()], default);
        await spool.SettleAsync(new Settlement(HalfDone.Part(), 1, true, null) { Note = Note }, default);
        var envelope = Captured.Parts[0].Envelope;
        var part = new SpooledPart(Captured.Part(), Captured.AcceptedAt, Captured.Envelope, envelope, Captured.Content);
        await spool.CaptureAsync(part, envelope.Recipients, CapturedAt, default);
    }

    /// <summary>Asserts the presence of the whole sample.</summary>
    public static async Task AssertWholeAsync(GroupCommitSpool spool, bool hasNotes)
    {
        foreach (var index in (int[])[0, 1]) Mail.AssertSame(Stored, await spool.ReadAsync(Stored.Part(index), default), index);
        Assert.Null(await spool.ReadAsync(HalfDone.Part(), default));
        Mail.AssertSame(HalfDone, await spool.ReadAsync(HalfDone.Part(1), default), 1);
        var unclaimed = await spool.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 10, default);
        Assert.Equal([Stored.Part(), HalfDone.Part(1)], unclaimed.Select(part => part.Id));

        var captured = Assert.Single(await spool.ListAsync(10, default));
        Assert.Equal((Captured.Id, Captured.Parts[0].Queue, CapturedAt), (captured.Id, captured.Queue, captured.CapturedAt));
        Assert.Equal(Captured.Content.Octets.ToArray(), (await spool.ReadContentAsync(Captured.Id, default))!.Octets.ToArray());

        var pending = await spool.ReadPendingAsync(HalfDone.Id, int.MaxValue, default);
        if (hasNotes) Assert.Equal("user@c.test", Assert.Single(pending!.Notes).Outcomes[0].Recipients[0].Address.Address);
        else Assert.Null(pending);
    }

    // Its time is the first half of its id, as in the program's ids.
    private static NewMessage WithId(ulong milliseconds, params string[] domains)
    {
        var octets = Encoding.Latin1.GetBytes("Subject: kept\r\n\r\n.a line, and an octet of eight bits: \u00fc\r\n");
        var message = Mail.Message(domains).Holding(new MessageContent(octets));
        return message with
        {
            Id = MessageId.FromHalves((milliseconds << 16) | 0x7001, 0x8000_0000_0000_0001),
            Envelope = message.Envelope with { HasEightBitContent = true },
        };
    }
}

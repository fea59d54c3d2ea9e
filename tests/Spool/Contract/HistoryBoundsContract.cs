using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The bounds of the history, on both engines.</summary>
public abstract class HistoryBoundsContract : HistoryBench
{
    private protected HistoryBoundsContract(ISpoolPlace place) : base(place)
    {
    }

    [Fact]
    public async Task Events_are_dropped_after_their_time()
    {
        await OpenHistoryAsync(retention: TimeSpan.FromHours(4));
        var old = await AcceptAsync("old@a.test");
        await EndAsync(old, 1, Ok);
        await KeepAsync();
        Time.Now = Mail.Noon.AddHours(3.9);
        await StoreAsync(Mail.Message(Time.Now, "Subject: new\r\n\r\n", "b.test"));
        await KeepAsync();
        Assert.Equal(2, (await SearchAsync()).Count);
        Time.Now = Mail.Noon.AddHours(6);
        await KeepAsync();
        Assert.Equal(["user@b.test Accepted"], await FindAsync());
        Time.Now = Mail.Noon.AddDays(30);
        await KeepAsync();
        Assert.Empty(await FindAsync());
        await StoreAsync(Mail.Message(Time.Now, "Subject: new\r\n\r\n", "c.test"));
        Assert.Equal(["user@c.test Accepted"], await FindAsync());
    }

    [Fact]
    public async Task An_event_of_a_wrong_clock_is_kept()
    {
        await OpenHistoryAsync(retention: TimeSpan.FromHours(4));
        foreach (var years in (int[])[-20, 20])
        {
            var message = Mail.Message(Mail.Noon.AddYears(years), "Subject: odd\r\n\r\n", "a.test");
            await StoreAsync(message);
            Assert.Single(await TimelineAsync(message.Id));
        }
    }

    [Fact]
    public async Task The_space_is_bounded_and_the_newest_events_stay()
    {
        const long Most = 4 << 20;
        await OpenHistoryAsync(maxBytes: Most);
        var recipients = Enumerable.Range(0, 2000).Select(i => $"{new string('x', 100)}{i:0000}@a.test").ToArray();
        var newest = default(MessageId);
        for (var hour = 0; hour < 30; hour++)
        {
            Time.Now = Mail.Noon.AddHours(hour);
            await KeepAsync();
            var message = Mail.Message(Time.Now, "Subject: large\r\n\r\n", "a.test");
            var envelope = new Postfleet.Core.Mail.PartEnvelope([.. recipients.Select(Postfleet.Core.Mail.Mailbox.Parse)]);
            await StoreAsync(message with { Parts = [new NewPart(Mail.Queue("a.test"), envelope)] });
            newest = message.Id;
        }

        await KeepAsync();
        Assert.InRange(await HistoryBytesAsync(), 1, Most + (2 << 20));
        Assert.Equal(2000, (await History.ReadAsync(newest, default)).Events.Count);
    }

    /// <summary>The space that the history takes in the storage, with what waits to be moved.</summary>
    private protected abstract Task<long> HistoryBytesAsync();
}

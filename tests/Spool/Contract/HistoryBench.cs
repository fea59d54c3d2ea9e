using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>A spool with a history for a test, on one of the engines, and short ways to make events.</summary>
public abstract class HistoryBench : SpoolBench
{
    private protected static readonly SmtpReply Ok = new(250, new EnhancedStatus(2, 0, 0), "ok");
    private protected static readonly SmtpReply No = new(550, new EnhancedStatus(5, 1, 1), "no such user");
    private protected static readonly SmtpReply Later = new(451, null, "4.7.1 Try again LATER");

    private readonly ISpoolPlace _place;
    private IStorage _storage = null!;
    private int _seconds;

    private protected HistoryBench(ISpoolPlace place) : base(place) => _place = place;

    private protected SetTime Time { get; } = new(Mail.Noon);

    private protected IHistory History => Spool;

    /// <summary>Opens the spool with a history; again, after a stop.</summary>
    private protected async Task OpenHistoryAsync(
        HistoryKeep keep = HistoryKeep.All, TimeSpan? retention = null, long maxBytes = 1L << 30)
    {
        await Spool.DisposeAsync();
        _storage = _place.NewStorageWithHistory(keep, retention ?? TimeSpan.FromDays(7), maxBytes, Time);
        await UseAsync(_storage);
    }

    private protected Task KeepAsync() => _place.KeepHistoryAsync(_storage);

    /// <summary>The present time, a second after the last one asked for.</summary>
    private protected DateTimeOffset Tick() => Time.Now = Mail.Noon.AddSeconds(++_seconds);

    private protected async Task<NewMessage> AcceptAsync(params string[] recipients)
    {
        var message = NewMessage(recipients);
        await StoreAsync(message);
        return message;
    }

    private protected NewMessage NewMessage(params string[] recipients)
    {
        var now = Tick();
        var parts = recipients.Select(Mailbox.Parse).GroupBy(mailbox => mailbox.Domain.Value)
            .Select(group => new NewPart(Mail.Queue(group.Key), new PartEnvelope([.. group])));
        return Mail.Message(now, "Subject: hello\r\n\r\nhello\r\n", "a.test") with { Parts = [.. parts] };
    }

    private protected async Task EndAsync(
        NewMessage message, int number, SmtpReply reply, int part = 0, bool isFinal = true, ReportCause cause = ReportCause.Attempt,
        params int[] recipients)
    {
        var outcomes = OutcomesOf(reply, cause, recipients.Length == 0 ? [0] : recipients);
        Assert.True((await Spool.SettleAsync(
            new Settlement(message.Part(part), number, isFinal, null) { Outcomes = outcomes }, default)).Applied);
    }

    private protected async Task DeferAsync(NewMessage message, int number, int part = 0, params int[] recipients) =>
        await Spool.RecordAsync(
            message.Part(part), number, OutcomesOf(Later, ReportCause.Attempt, recipients.Length == 0 ? [0] : recipients), default);

    private protected PartOutcomes OutcomesOf(SmtpReply reply, ReportCause cause, params int[] recipients)
    {
        var disposition = reply.Code switch { < 300 => Disposition.Delivered, < 500 => Disposition.Deferred, _ => Disposition.Failed };
        return new PartOutcomes(
            cause, Tick(), [new RecipientOutcome(RecipientSet.Of(recipients), disposition, reply, "mx.a.test [192.0.2.1]")]);
    }

    /// <summary>All pages of a search.</summary>
    private protected async Task<List<HistoryEvent>> SearchAsync(HistoryQuery? query = null, int limit = 100)
    {
        List<HistoryEvent> found = [];
        string? cursor = null;
        do
        {
            var page = await History.SearchAsync(query ?? new HistoryQuery(), cursor, limit, default);
            Assert.True(page.Recipients.Count <= limit);
            found.AddRange(page.Recipients);
            cursor = page.Cursor;
        }
        while (cursor is not null);

        return found;
    }

    /// <summary>The recipients and states that a search finds.</summary>
    private protected async Task<string[]> FindAsync(HistoryQuery? query = null, int limit = 100) =>
        [.. (await SearchAsync(query, limit)).Select(one => $"{one.Recipient} {one.State}")];

    private protected async Task<string[]> TimelineAsync(MessageId message)
    {
        var timeline = await History.ReadAsync(message, default);
        Assert.True(timeline.IsComplete);
        return [.. timeline.Events.Select(one => $"{one.Number} {one.Recipient} {one.Kind}")];
    }
}

using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of the spool about gathered reports on the parts of a message, on every engine and in the fake.</summary>
public abstract class ReportContract : ContractBench
{
    private protected ReportContract(IContractPlace place) : base(place)
    {
    }

    [Fact]
    public async Task Notes_of_parts_are_kept_with_the_message_until_its_report_is_stored()
    {
        var message = Mail.Message("a.test", "b.test");
        await StoreAsync(message);
        Assert.Equal(new SettlementResult(Applied: true, IsReportDue: false), await NoteAsync(message, 0));
        Assert.Equal(new SettlementResult(Applied: true, IsReportDue: true), await NoteAsync(message, 1));
        Assert.Equal((0, 1, 2), (await CountAsync("part"), await CountAsync("message"), await CountAsync("pending_report")));

        await ReopenAsync();
        var pending = (await Spool.ReadPendingAsync(message.Id, int.MaxValue, default))!;
        Assert.Equal((message.Id, message.AcceptedAt, message.Envelope), (pending.Message, pending.AcceptedAt, pending.Envelope));
        Assert.Equal(message.Content.ToMemory().ToArray(), pending.Content.ToMemory().ToArray());
        Assert.Equal(["user@a.test", "user@b.test"], pending.Notes.Select(note => note.Outcomes[0].Recipients[0].Address.Address));
        Assert.Equal(7, (await Spool.ReadPendingAsync(message.Id, 7, default))!.Content.Length);

        var notification = Mail.Notification();
        Assert.True(await Spool.CompleteAsync(message.Id, pending.Rows, notification, default));
        Assert.Null(await Spool.ReadPendingAsync(message.Id, int.MaxValue, default));
        Assert.Equal((1, 1, 0), (await CountAsync("part"), await CountAsync("message"), await CountAsync("pending_report")));
        Mail.AssertSame(notification, await Spool.ReadAsync(notification.Part(), default));
    }

    [Fact]
    public async Task A_message_can_be_stored_with_a_note()
    {
        var message = Mail.Message("a.test");
        var named = new NotedRecipient(Mailbox.Parse("all@a.test"), "rfc822;all@x.test");
        var note = new NotedReport(
            message.Parts[0].Queue, ReportCause.Attempt, message.AcceptedAt, null,
            [new NotedOutcome([named], Disposition.Delivered, SuccessReport.Expanded, new SmtpReply(250, null, "expanded"), "")]);
        await StoreAsync(message with { Note = note });
        await ReopenAsync();
        var outcome = Assert.Single(Assert.Single((await Spool.ReadPendingAsync(message.Id, 0, default))!.Notes).Outcomes);
        Assert.Equal((SuccessReport.Expanded, named), (outcome.Success, Assert.Single(outcome.Recipients)));
        Assert.False((await Spool.ReadHeadAsync(message.Part(), 0, default))!.IsAlone);
        Assert.Equal(message.Id, Assert.Single(await Spool.FindDueAsync(message.AcceptedAt.AddSeconds(1), 0, 10, default)).Message);
        Assert.Equal(new SettlementResult(Applied: true, IsReportDue: true), await SettleAsync(message, part: 0));
        Assert.Equal(1, await CountAsync("message"));
    }

    [Fact]
    public async Task A_last_part_without_a_note_leaves_the_message_to_the_report()
    {
        var message = Mail.Message("a.test", "b.test");
        await StoreAsync(message);
        await NoteAsync(message, 0);
        Assert.Equal(new SettlementResult(Applied: true, IsReportDue: true), await SettleAsync(message, part: 1));
        Assert.Equal(default, await SettleAsync(message, part: 1));
        var pending = (await Spool.ReadPendingAsync(message.Id, 0, default))!;
        Assert.True(await Spool.CompleteAsync(message.Id, pending.Rows, null, default));
        Assert.Equal(0, await CountAsync("message"));
    }

    [Fact]
    public async Task A_report_before_the_last_part_leaves_the_message_to_its_parts()
    {
        var message = Mail.Message("a.test", "b.test");
        await StoreAsync(message);
        await NoteAsync(message, 0);
        var pending = (await Spool.ReadPendingAsync(message.Id, 0, default))!;
        Assert.True(await Spool.CompleteAsync(message.Id, pending.Rows, null, default));
        Assert.True(await HasAsync(message, 1));
        Assert.Equal(new SettlementResult(Applied: true, IsReportDue: false), await SettleAsync(message, part: 1));
        Assert.Equal(0, await CountAsync("message"));
    }

    [Fact]
    public async Task A_repeated_settlement_adds_no_note()
    {
        var message = Mail.Message("a.test", "b.test");
        await StoreAsync(message);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => NoteAsync(message, 0, attempt: 3, isFinal: false)));
        Assert.Equal(19, results.Count(result => result == default));
        Assert.Equal(default, await NoteAsync(message, 0, attempt: 2));
        Assert.Equal(1, await CountAsync("pending_report"));
        Assert.True((await NoteAsync(message, 0, attempt: 4)).Applied);
        Assert.Equal(2, await CountAsync("pending_report"));
    }

    [Fact]
    public async Task Notes_are_reported_once_by_concurrent_reporters()
    {
        var messages = Enumerable.Range(0, 30).Select(_ => Mail.Message("a.test", "b.test", "c.test")).ToArray();
        await StoreAsync(messages);
        await Task.WhenAll(messages.SelectMany(message => Enumerable.Range(0, 3).Select(part => NoteAsync(message, part))));
        var reports = await Task.WhenAll(messages.Select(async message => (await Spool.ReadPendingAsync(message.Id, 0, default))!));
        Assert.All(reports, report => Assert.Equal(3, report.Rows.Count));
        var done = await Task.WhenAll(reports.SelectMany(report => Enumerable.Range(0, 5).Select(_ =>
            Task.Run(async () => (
                report.Message, IsDone: await Spool.CompleteAsync(report.Message, report.Rows, Mail.Notification(), default))))));
        Assert.Equal(messages.Select(message => message.Id).Order(), done.Where(one => one.IsDone).Select(one => one.Message).Order());
        Assert.Equal((30, 30, 0), (await CountAsync("part"), await CountAsync("message"), await CountAsync("pending_report")));
    }

    [Fact]
    public async Task A_report_that_another_one_overlaps_changes_nothing()
    {
        var message = Mail.Message("a.test", "b.test", "c.test");
        await StoreAsync(message);
        await NoteAsync(message, 0);
        var first = (await Spool.ReadPendingAsync(message.Id, 0, default))!;
        await NoteAsync(message, 1);
        var both = (await Spool.ReadPendingAsync(message.Id, 0, default))!;
        Assert.True(await Spool.CompleteAsync(message.Id, first.Rows, Mail.Notification(), default));
        Assert.False(await Spool.CompleteAsync(message.Id, both.Rows, Mail.Notification(), default));
        Assert.Equal(1, await CountAsync("pending_report"));
        // Rows of another message are never taken along.
        var other = Mail.Message("a.test", "b.test");
        await StoreAsync(other);
        await NoteAsync(other, 0);
        Assert.False(await Spool.CompleteAsync(message.Id, (await Spool.ReadPendingAsync(other.Id, 0, default))!.Rows, null, default));
        Assert.Equal(2, await CountAsync("pending_report"));
        Assert.Equal(both.Rows.Skip(1), (await Spool.ReadPendingAsync(message.Id, 0, default))!.Rows);
    }

    [Fact]
    public async Task A_number_is_not_given_twice_so_that_a_late_report_takes_nothing_new()
    {
        var message = Mail.Message("a.test", "b.test", "c.test");
        await StoreAsync(message);
        await NoteAsync(message, 0);
        var first = (await Spool.ReadPendingAsync(message.Id, 0, default))!;
        Assert.True(await Spool.CompleteAsync(message.Id, first.Rows, null, default));
        await ReopenAsync();
        await NoteAsync(message, 1);
        Assert.False(await Spool.CompleteAsync(message.Id, first.Rows, Mail.Notification(), default));
        Assert.Equal(1, await CountAsync("pending_report"));
    }

    [Fact]
    public async Task Due_rows_are_listed_by_the_page_oldest_first()
    {
        var messages = Enumerable.Range(0, 5).Select(_ => Mail.Message("a.test", "b.test")).ToArray();
        await StoreAsync(messages);
        for (var i = 0; i < messages.Length; i++) await NoteAsync(messages[i], 0, at: Mail.Noon.AddSeconds(i));
        Assert.Empty(await Spool.FindDueAsync(Mail.Noon, 0, 10, default));
        var first = await Spool.FindDueAsync(Mail.Noon.AddSeconds(3), 0, 2, default);
        var rest = await Spool.FindDueAsync(Mail.Noon.AddSeconds(3), first[^1].Row, 2, default);
        Assert.Equal(messages[..3].Select(message => message.Id), first.Concat(rest).Select(due => due.Message));
    }

    [Fact]
    public async Task A_part_knows_whether_it_is_all_that_is_left_of_its_message()
    {
        var (one, two) = (Mail.Message("a.test"), Mail.Message("a.test", "b.test"));
        await StoreAsync(one, two);
        Assert.True(await IsAloneAsync(one, 0));
        Assert.False(await IsAloneAsync(two, 0));
        await NoteAsync(two, 0);
        // The note belongs into the report of the last part.
        Assert.False(await IsAloneAsync(two, 1));
        var pending = (await Spool.ReadPendingAsync(two.Id, 0, default))!;
        await Spool.CompleteAsync(two.Id, pending.Rows, null, default);
        Assert.True(await IsAloneAsync(two, 1));

        async Task<bool> IsAloneAsync(NewMessage message, int part) => (await Spool.ReadHeadAsync(message.Part(part), 0, default))!.IsAlone;
    }

    [Fact]
    public async Task Settlements_notes_and_reports_share_transactions_and_leave_no_rows()
    {
        var messages = Enumerable.Range(0, 200).Select(_ => Mail.Message("a.test", "b.test", "c.test")).ToArray();
        await Task.WhenAll(messages.Select(message => StoreAsync(message)));
        await Task.WhenAll(messages.SelectMany(message => Enumerable.Range(0, 3).Select(part => Task.Run(async () =>
        {
            var result = part == 1 ? await SettleAsync(message, part: part) : await NoteAsync(message, part);
            Assert.True(result.Applied);
            while (await Spool.ReadPendingAsync(message.Id, 0, default) is { } pending)
                await Spool.CompleteAsync(message.Id, pending.Rows, null, default);
        }))));
        Assert.Equal((0, 0, 0), (await CountAsync("part"), await CountAsync("message"), await CountAsync("pending_report")));
    }
}

using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Testing.Fakes;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The promises of the spool about outcomes of recipients, on both engines, with a writer that has a table of its own.</summary>
public abstract class OutcomeContract : SpoolBench
{
    private static readonly SmtpReply Ok = new(250, null, "ok");
    private static readonly SmtpReply No = new(550, null, "no such user");
    private static readonly SmtpReply Later = new(451, null, "later");

    private protected OutcomeContract(ISpoolPlace place) : base(place)
    {
    }

    [Fact]
    public async Task A_settlement_writes_a_row_for_each_recipient_with_its_address()
    {
        var message = await StartAsync();
        Assert.True(
            (await SettleAsync(message, Outcomes((0, Disposition.Delivered, Ok), (2, Disposition.Failed, No)), isFinal: false)).Applied);
        Assert.Equal(
            ["1 a@a.test Delivered 250 mx.a.test 12:00:01", "1 c@a.test Failed 550 mx.a.test 12:00:01"],
            await ReadOutcomesAsync());
        Assert.True((await SettleAsync(message, Outcomes((1, Disposition.Delivered, Ok)), attempt: 2)).Applied);
        Assert.Contains("2 b@a.test Delivered 250 mx.a.test 12:00:01", await ReadOutcomesAsync());
        Assert.Equal(0, await CountAsync("part"));
    }

    [Fact]
    public async Task A_repeated_settlement_writes_no_second_row()
    {
        var message = await StartAsync();
        var outcomes = Outcomes((0, Disposition.Delivered, Ok));
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SettleAsync(message, outcomes, isFinal: false)));
        Assert.Equal(1, results.Count(result => result.Applied));
        Assert.Single(await ReadOutcomesAsync());
        Assert.False((await SettleAsync(message, Outcomes((1, Disposition.Failed, No)), isFinal: false)).Applied);
        Assert.Single(await ReadOutcomesAsync());
    }

    [Fact]
    public async Task A_settlement_that_does_not_apply_writes_no_row()
    {
        var message = await StartAsync();
        await SettleAsync(message, null);
        Assert.False((await SettleAsync(message, Outcomes((0, Disposition.Delivered, Ok)), attempt: 2)).Applied);
        Assert.Empty(await ReadOutcomesAsync());
    }

    [Fact]
    public async Task A_writer_that_fails_leaves_neither_the_rows_nor_the_settlement()
    {
        var fails = true;
        var message = await StartAsync(_ =>
        {
            if (fails) throw new InvalidOperationException("the writer fails");
        });
        var other = Mail.Message("b.test");
        await StoreAsync(other);
        var outcomes = Outcomes((0, Disposition.Delivered, Ok));
        // The other operations of the transaction succeed without the one at fault.
        var failed = Record.ExceptionAsync(() => SettleAsync(message, outcomes));
        await Task.WhenAll(StoreAsync(Mail.Message("c.test")), SettleAsync(other));
        Assert.IsType<SpoolUnavailableException>(await failed);
        Assert.Empty(await ReadOutcomesAsync());
        Assert.True(await HasAsync(message));
        fails = false;
        Assert.True((await SettleAsync(message, outcomes)).Applied);
        Assert.Single(await ReadOutcomesAsync());
    }

    [Fact]
    public async Task Rows_that_the_engine_refuses_leave_the_settlement_undone()
    {
        var message = await StartAsync();
        var outcomes = Outcomes((0, Disposition.Delivered, Ok));
        await ExecuteAsync("ALTER TABLE outcome_row RENAME TO absent");
        await Assert.ThrowsAsync<SpoolUnavailableException>(() => SettleAsync(message, outcomes));
        Assert.True(await HasAsync(message));
        await ExecuteAsync("ALTER TABLE absent RENAME TO outcome_row");
        Assert.True((await SettleAsync(message, outcomes)).Applied);
        Assert.Single(await ReadOutcomesAsync());
    }

    [Fact]
    public async Task A_process_that_dies_leaves_the_settlement_and_its_rows_or_neither()
    {
        ISpoolPlace? left = null;
        var message = await StartAsync(_ => left ??= CrashAsync().GetAwaiter().GetResult());
        var outcomes = Outcomes((0, Disposition.Delivered, Ok), (1, Disposition.Delivered, Ok), (2, Disposition.Failed, No));
        // The dead process tells its caller nothing.
        await Record.ExceptionAsync(() => SettleAsync(message, outcomes));
        await ContinueAsync(left!);
        Assert.Equal((0, 1, 1), await CountRowsAsync());

        // The queue repeats the settlement.
        Assert.True((await SettleAsync(message, outcomes)).Applied);
        await ContinueAsync(await CrashAsync());
        Assert.Equal((3, 0, 0), await CountRowsAsync());
        Assert.False((await SettleAsync(message, outcomes)).Applied);
        Assert.Equal((3, 0, 0), await CountRowsAsync());
    }

    /// <summary>The rows are in the transaction of the settlement, so that a crash between the two cannot exist.</summary>
    [Fact]
    public async Task Nobody_sees_the_rows_before_the_settlement_is_committed()
    {
        var early = 0L;
        var message = await StartAsync(_ => early += CountAsync("outcome_row").GetAwaiter().GetResult());
        var parts = await CountAsync("part");
        await SettleAsync(message, Outcomes((0, Disposition.Delivered, Ok), (1, Disposition.Delivered, Ok), (2, Disposition.Failed, No)));
        Assert.Equal(0, early);
        Assert.Equal((3, parts - 1), (await CountAsync("outcome_row"), await CountAsync("part")));
    }

    [Fact]
    public async Task Events_without_a_settlement_are_recorded_once_and_leave_the_part()
    {
        var message = await StartAsync();
        var deferred = Outcomes((0, Disposition.Deferred, Later), (1, Disposition.Deferred, Later));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Spool.RecordAsync(message.Part(), 1, deferred, default).AsTask()));
        await Spool.RecordAsync(message.Part(), 2, deferred with { Cause = ReportCause.Delayed, At = Mail.Noon.AddHours(4) }, default);
        Assert.Equal(
            [
                "1 a@a.test Deferred 451 mx.a.test 12:00:01", "1 b@a.test Deferred 451 mx.a.test 12:00:01",
                "2 a@a.test Delayed 451 mx.a.test 16:00:00", "2 b@a.test Delayed 451 mx.a.test 16:00:00",
            ],
            await ReadOutcomesAsync());
        Assert.True((await SettleAsync(message, Outcomes((0, Disposition.Delivered, Ok)), attempt: 3)).Applied);
    }

    [Fact]
    public async Task An_event_of_a_missing_part_is_dropped()
    {
        var message = await StartAsync();
        await SettleAsync(message, null);
        await Spool.RecordAsync(message.Part(), 1, Outcomes((0, Disposition.Deferred, Later)), default);
        Assert.Empty(await ReadOutcomesAsync());
    }

    [Fact]
    public async Task Events_of_a_part_are_recorded_before_its_settlement_in_the_same_or_an_earlier_transaction()
    {
        await StartAsync();
        var messages = Enumerable.Range(0, 100).Select(_ => ThreeRecipients()).ToArray();
        await StoreAsync(messages);
        List<Task> work = [];
        foreach (var message in messages)
        {
            work.Add(Spool.RecordAsync(message.Part(), 1, Outcomes((0, Disposition.Deferred, Later)), default).AsTask());
            work.Add(SettleAsync(message, Outcomes((0, Disposition.Delivered, Ok)), attempt: 2));
            work.Add(Spool.MarkHandedOffAsync([message.Part().Mark()], default).AsTask());
        }

        await Task.WhenAll(work);
        var lines = await ReadOutcomesAsync();
        Assert.Equal(
            (100, 100), (lines.Count(line => line.StartsWith("1 ", StringComparison.Ordinal)), lines.Count(line => line[0] == '2')));
    }

    [Fact]
    public async Task A_damaged_envelope_and_an_unknown_recipient_do_not_hold_the_settlement_up()
    {
        var (damaged, whole) = (await StartAsync(), ThreeRecipients());
        await ExecuteAsync("UPDATE part SET envelope = message.body FROM message WHERE id = message_id");
        await StoreAsync(whole);
        Assert.True((await SettleAsync(damaged, Outcomes((0, Disposition.Delivered, Ok)))).Applied);
        Assert.True((await SettleAsync(whole, Outcomes((7, Disposition.Delivered, Ok)))).Applied);
        Assert.All(await ReadOutcomesAsync(), line => Assert.StartsWith("1 ? ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rows_and_notifications_share_the_transaction()
    {
        var message = await StartAsync();
        var settlement =
            new Settlement(message.Part(), 1, IsFinal: true, Mail.Notification()) { Outcomes = Outcomes((0, Disposition.Failed, No)) };
        Assert.Equal(new SettlementResult(Applied: true, IsReportDue: false), await Spool.SettleAsync(settlement, default));
        Assert.Equal((1, 1, 1), (await CountAsync("outcome_row"), await CountAsync("part"), await CountAsync("message")));
    }

    [Fact]
    public async Task Without_a_writer_outcomes_are_dropped()
    {
        var message = ThreeRecipients();
        await StoreAsync(message);
        Assert.False(Spool.KeepsOutcomes);
        await Spool.RecordAsync(message.Part(), 1, Outcomes((0, Disposition.Deferred, Later)), default);
        Assert.True((await SettleAsync(message, Outcomes((0, Disposition.Delivered, Ok)), attempt: 2)).Applied);
    }

    private async Task<NewMessage> StartAsync(Action<HistoryEvent>? fault = null)
    {
        await ExecuteAsync(OutcomeLine.Table);
        await ReopenWithOutcomesAsync(fault ?? (_ => { }));
        Assert.True(Spool.KeepsOutcomes);
        var message = ThreeRecipients();
        await StoreAsync(message);
        return message;
    }

    private async Task<(long Outcomes, long Parts, long Messages)> CountRowsAsync() =>
        (await CountAsync("outcome_row"), await CountAsync("part"), await CountAsync("message"));

    private static NewMessage ThreeRecipients()
    {
        var recipients = new PartEnvelope([Mailbox.Parse("a@a.test"), Mailbox.Parse("b@a.test"), Mailbox.Parse("c@a.test")]);
        return Mail.Message("a.test") with { Parts = [new NewPart(Mail.Queue("a.test"), recipients)] };
    }

    private async Task<SettlementResult> SettleAsync(NewMessage message, PartOutcomes? outcomes, int attempt = 1, bool isFinal = true) =>
        await Spool.SettleAsync(new Settlement(message.Part(), attempt, isFinal, null) { Outcomes = outcomes }, default);

    private static PartOutcomes Outcomes(params (int Recipient, Disposition Disposition, SmtpReply Reply)[] outcomes) => new(
        ReportCause.Attempt, Mail.Noon.AddSeconds(1),
        [.. outcomes.Select(one => new RecipientOutcome(RecipientSet.Of(one.Recipient), one.Disposition, one.Reply, "mx.a.test"))]);
}

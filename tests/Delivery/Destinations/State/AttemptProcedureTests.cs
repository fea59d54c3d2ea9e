using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>The order of an attempt's steps, and the outcome of each way to end.</summary>
public sealed class AttemptProcedureTests
{
    private static readonly SmtpReply Ok = new(250, null, "ok");
    private static readonly SmtpReply Full = new(452, null, "full");
    private static readonly AttemptDetails Details =
        new("192.0.2.1", "198.51.100.7", "TLSv1.2", "TLS_AES_256_GCM_SHA384", TimeSpan.FromSeconds(1));

    private readonly AttemptProcedure _attempt = new(hosts: 2);
    private readonly Job _job = new(
        new PartId(MessageId.FromHalves(7, 1), QueueKey.FromTrusted("default:a.example")), 3, RecipientSet.All(2),
        new QueueLine(QueueKey.FromTrusted("default:a.example")));

    [Fact]
    public void An_attempt_waits_for_the_recovery_and_the_queue_nodes_before_it_reads_the_part()
    {
        _attempt.Begin(_job, isSteady: true);
        Assert.Equal(AttemptStep.AwaitRecovery, _attempt.Step);
        _attempt.Recovered();
        Assert.Equal(AttemptStep.AwaitQueueNodes, _attempt.Step);
        _attempt.QueueNodesReached(isGuardOpen: true);
        Assert.Equal(AttemptStep.ReadPart, _attempt.Step);
        _attempt.PartRead(true);
        Assert.Equal((AttemptStep.Send, _job.Open), (_attempt.Step, _attempt.Open));
    }

    [Fact]
    public void A_job_from_before_a_stall_goes_back_without_waiting_for_the_recovery()
    {
        _attempt.Begin(_job, isSteady: false);
        Assert.Equal(AttemptStep.AwaitQueueNodes, _attempt.Step);
        _attempt.QueueNodesReached(isGuardOpen: false);
        AssertEnd(AttemptResult.NotAttempted, transactions: 0);
    }

    [Fact]
    public void A_part_that_is_gone_ends_the_attempt()
    {
        BeginReading();
        _attempt.PartRead(false);
        AssertEnd(AttemptResult.PartGone, transactions: 0);
    }

    [Fact]
    public void Suppressed_recipients_end_the_attempt_and_none_goes_on()
    {
        RecipientOutcome[] suppressed = [new(RecipientSet.Of(1), Disposition.Failed, new SmtpReply(550, null, "no"), "")];
        BeginReading();
        _attempt.PartRead(true, suppressed: suppressed);
        AssertEnd(AttemptResult.Attempted, transactions: 0);
        Assert.Equal(suppressed, _attempt.Outcome!.Recipients);
        BeginReading();
        _attempt.PartRead(false, suppressed: suppressed);
        AssertEnd(AttemptResult.PartGone, transactions: 0);
        BeginReading();
        _attempt.PartRead(true, suppressed: []);
        Assert.Equal(AttemptStep.Send, _attempt.Step);
    }

    [Fact]
    public void A_part_that_cannot_be_read_is_deferred_for_all_recipients()
    {
        BeginReading();
        _attempt.SpoolFailed(Full);
        AssertEnd(AttemptResult.Attempted, transactions: 0);
        Assert.Equal(new RecipientOutcome(_job.Open, Disposition.Deferred, Full, ""), Assert.Single(_attempt.Outcome!.Recipients));
    }

    [Fact]
    public void A_stale_connection_gives_no_outcome_and_its_job_goes_to_another_connection()
    {
        BeginSending();
        _attempt.ConnectionStale();
        Assert.Equal((AttemptStep.End, null, 0), (_attempt.Step, _attempt.Outcome, _attempt.Transactions));
    }

    [Fact]
    public void A_guard_that_is_closed_before_the_final_dot_ends_the_attempt_with_its_transactions()
    {
        BeginSending();
        Assert.Null(_attempt.Transactions);
        _attempt.Aborted(2);
        AssertEnd(AttemptResult.NotAttempted, transactions: 2);
    }

    [Fact]
    public void A_fault_or_a_stop_while_sending_leaves_the_number_of_transactions_unknown()
    {
        BeginSending();
        _attempt.Crashed();
        AssertEnd(AttemptResult.Crashed, transactions: null);
        BeginSending();
        _attempt.Stopped();
        AssertEnd(AttemptResult.NotAttempted, transactions: null);
    }

    [Fact]
    public void Recipients_that_were_put_off_are_offered_to_the_next_host_and_the_time_for_it_is_limited()
    {
        BeginSending();
        _attempt.Sent([Outcome(0, Ok), Outcome(1, Full)], 1, mayBegin: true, Details);
        Assert.Equal((AttemptStep.ChangeHost, AttemptProcedure.MaxUnreported), (_attempt.Step, _attempt.TimeLimit));
        _attempt.HostChanged(isConnected: true, isGuardOpen: true);
        Assert.Equal((AttemptStep.Send, RecipientSet.Of(1)), (_attempt.Step, _attempt.Open));
        _attempt.Sent([Outcome(1, Ok)], 1, mayBegin: true, Details);
        AssertEnd(AttemptResult.Attempted, transactions: 2);
        Assert.All(_attempt.Outcome!.Recipients, outcome => Assert.Equal(Disposition.Delivered, outcome.Disposition));
    }

    [Fact]
    public void A_next_host_has_no_time_limit_while_no_recipient_is_delivered()
    {
        BeginSending();
        _attempt.Sent([Outcome(0, Full), Outcome(1, Full)], 1, mayBegin: true, Details);
        Assert.Equal((AttemptStep.ChangeHost, null), (_attempt.Step, _attempt.TimeLimit));
    }

    [Theory]
    [InlineData(false, true, true)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    public void Outcomes_at_the_first_host_stay_when_no_other_host_may_be_tried(bool mayBegin, bool isConnected, bool isGuardOpen)
    {
        BeginSending();
        _attempt.Sent([Outcome(0, Ok), Outcome(1, Full)], 1, mayBegin, Details);
        if (mayBegin) _attempt.HostChanged(isConnected, isGuardOpen);
        AssertEnd(AttemptResult.Attempted, transactions: 1);
        Assert.Equal([Ok, Full], _attempt.Outcome!.Recipients.Select(outcome => outcome.Reply));
    }

    [Fact]
    public void Outcomes_at_the_first_host_stay_after_any_failure_at_the_next_host()
    {
        foreach (var fault in (Action[])[_attempt.Stopped, _attempt.Crashed, _attempt.ConnectionStale, () => _attempt.Aborted(1)])
        {
            BeginSending();
            _attempt.Sent([Outcome(0, Ok), Outcome(1, Full)], 1, mayBegin: true, Details);
            _attempt.HostChanged(isConnected: true, isGuardOpen: true);
            fault();
            Assert.Equal((AttemptStep.End, AttemptResult.Attempted), (_attempt.Step, _attempt.Outcome!.Result));
            Assert.Equal([Ok, Full], _attempt.Outcome.Recipients.Select(outcome => outcome.Reply));
        }
    }

    [Fact]
    public void The_details_of_an_attempt_at_two_hosts_are_what_both_share()
    {
        BeginSending();
        Assert.Null(_attempt.Outcome);
        _attempt.Sent([Outcome(0, Ok), Outcome(1, Full)], 1, mayBegin: true, Details);
        _attempt.HostChanged(isConnected: true, isGuardOpen: true);
        var later = new AttemptDetails("192.0.2.9", Details.Source, "TLSv1.3", "", TimeSpan.FromSeconds(3));
        _attempt.Sent([Outcome(1, Ok)], 1, mayBegin: true, later);
        Assert.Equal(later with { Address = "", TlsVersion = "" }, _attempt.Outcome!.Details);
        BeginSending();
        _attempt.Sent([Outcome(0, Ok)], 1, mayBegin: true, Details);
        Assert.Same(Details, _attempt.Outcome.Details);
    }

    [Fact]
    public void An_attempt_that_reaches_no_host_has_no_details()
    {
        BeginSending();
        _attempt.Sent([Outcome(0, Ok)], 1, mayBegin: true, Details);
        BeginReading();
        _attempt.SpoolFailed(Full);
        Assert.Null(_attempt.Outcome!.Details);
    }

    private void BeginReading()
    {
        _attempt.Begin(_job, isSteady: true);
        _attempt.Recovered();
        _attempt.QueueNodesReached(isGuardOpen: true);
    }

    private void BeginSending()
    {
        BeginReading();
        _attempt.PartRead(true);
    }

    private void AssertEnd(AttemptResult result, int? transactions)
    {
        Assert.Equal((AttemptStep.End, transactions), (_attempt.Step, _attempt.Transactions));
        var outcome = _attempt.Outcome!;
        Assert.Equal((_job.Part.Message, _job.Attempt, result), (outcome.Message, outcome.Attempt, outcome.Result));
    }

    private static RecipientOutcome Outcome(int recipient, SmtpReply reply) => new(
        RecipientSet.Of(recipient), reply == Ok ? Disposition.Delivered : Disposition.Deferred, reply, "mx1.example[192.0.2.1]:25");
}

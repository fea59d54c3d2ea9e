using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>What a queue says about itself for monitoring.</summary>
public sealed class QueueDescriptionTests : QueueMachineFixture
{
    [Fact]
    public void Next_messages_are_those_due_then_deferred_then_held()
    {
        var (late, soon, held) = (Deferred(), Deferred(), _queue.NewId());
        _queue.Now += TimeSpan.FromMinutes(1);
        _queue.Act(5, MessageAction.Retry, soon);
        _queue.Offer(held).Act(6, MessageAction.Hold, held);
        var later = _queue.NewId();
        _queue.Offer(later);
        var messages = Describe().Messages;
        Assert.Equal(
            [(soon, WaitingState.Due, 1), (later, WaitingState.Due, 0), (late, WaitingState.Deferred, 1), (held, WaitingState.Held, 0)],
            messages.Select(message => (message.Message, message.State, message.Attempts)).OrderBy(each => each.State));
        Assert.Equal("450 4.2.0 later", messages.Single(message => message.Message == late).LastReply);
        Assert.Equal((null, 6), (messages[^1].NextAttempt, messages[^1].Action));
        Assert.Equal(2, Describe(max: 2).Messages.Count);
    }

    [Fact]
    public void Next_messages_of_a_long_queue_are_the_soonest_in_their_order()
    {
        for (var i = 0; i < 50; i++)
        {
            _queue.Now += TimeSpan.FromSeconds(1);
            Deferred();
        }

        var times = Describe(max: 20).Messages.Select(message => message.NextAttempt).ToList();
        Assert.Equal(20, times.Count);
        Assert.Equal(times.Order(), times);
        Assert.Equal(Describe(max: 100).Messages.Take(20).Select(message => message.NextAttempt), times);
    }

    [Fact]
    public void A_single_message_is_described_while_it_is_sent()
    {
        var id = Sent(recipients: 2);
        var message = Assert.Single(Describe(id: id).Messages);
        Assert.Equal((WaitingState.Sending, 1, 2, null), (message.State, message.Attempts, message.Recipients, message.NextAttempt));
        Assert.Empty(Describe(id: _queue.NewId()).Messages);
    }

    [Fact]
    public void Outcomes_are_counted_by_recipients_since_the_queue_started()
    {
        var start = _queue.Now;
        var (first, second) = (Sent(recipients: 3), Sent());
        _queue.End(first, 1, Delivered(0), QueueDriver.Deferred(1), Failed(2));
        _queue.Act(7, MessageAction.Delete, second);
        _queue.End(second, 1, QueueDriver.Deferred(0));
        var description = Describe();
        Assert.Equal(start, description.CountedSince);
        Assert.Equal((1, 2, 2), (description.Delivered.Minute, description.Deferred.Hour, description.Failed.Day));

        _queue.Now += TimeSpan.FromHours(1);
        _queue.Restart();
        Assert.Equal((_queue.Now, default), (Describe().CountedSince, Describe().Delivered));
    }

    [Fact]
    public void Expired_recipients_count_as_failed()
    {
        Deferred();
        _queue.After(Lifetime).Route().Grant(1);
        Assert.Equal(0, Describe().Failed.Day);
        var id = Assert.Single(_queue.State.Entries).Message;
        _queue.End(id, 2, QueueDriver.Deferred(0));
        Assert.Equal((1, 1), (Describe().Failed.Minute, Describe().Deferred.Minute));
    }

    [Fact]
    public void A_pause_of_the_site_has_the_time_of_the_first_failure_also_after_a_checkpoint()
    {
        var since = _queue.Now;
        _queue.Offer(_queue.NewId()).Route();
        SiteDown(TimeSpan.FromHours(1));
        _queue.Now += TimeSpan.FromMinutes(10);
        SiteDown(TimeSpan.FromHours(1));
        var expected = new SitePauseFacts(since, _queue.Now.AddHours(1), "421 4.4.1 no host answers");
        Assert.Equal(expected, Describe().Pause);
        Assert.Equal(_queue.Now.AddHours(1), Assert.Single(Describe().Messages).NextAttempt);

        var pieces = Checkpoints.Write(_queue.State);
        _queue.Journal.Clear();
        _queue.Journal.AddRange(pieces);
        Assert.Equal(expected, Describe(_queue.Restart()).Pause);

        // The next failure after a success begins anew.
        var id = Assert.Single(_queue.After(TimeSpan.FromHours(1)).Route().Grant(1).TakeJobs()).Message;
        _queue.End(id, 1, QueueDriver.Deferred(0));
        Assert.Null(Describe().Pause);
        SiteDown(TimeSpan.FromHours(1));
        Assert.Equal(_queue.Now, Describe().Pause!.Since);
    }

    [Fact]
    public void Suspension_without_an_end_leaves_the_next_attempt_open()
    {
        Deferred();
        _queue.Suspension = new Suspension(3, null, "") { Since = _queue.Now };
        Assert.Equal((_queue.Suspension, null), (Describe().Suspension, Assert.Single(Describe().Messages).NextAttempt));
        _queue.Suspension = new Suspension(3, _queue.Now.AddHours(3), "");
        Assert.Equal(_queue.Now.AddHours(3), Assert.Single(Describe().Messages).NextAttempt);
        _queue.Suspension = new Suspension(3, _queue.Now, "");
        Assert.Null(Describe().Suspension);
    }

    [Fact]
    public void Waiting_for_the_route_and_for_credit_have_their_beginning()
    {
        var begun = _queue.Now;
        _queue.Offer(_queue.NewId()).Offer(_queue.NewId());
        _queue.After(TimeSpan.FromSeconds(2));
        Assert.Equal((begun, null), (Describe().ResolvingSince, Describe().CreditAskedSince));
        _queue.Route();
        var asked = _queue.Now;
        _queue.After(TimeSpan.FromSeconds(30));
        Assert.Equal((null, asked), (Describe().ResolvingSince, Describe().CreditAskedSince));
        // The rest of the request waits since the last grant.
        _queue.Grant(1);
        Assert.Equal(_queue.Now, Describe().CreditAskedSince);
        _queue.Grant(1);
        Assert.Null(Describe().CreditAskedSince);
    }

    [Fact]
    public void A_domain_without_a_route_is_described_until_it_has_one()
    {
        Deferred();
        _queue.After(TimeSpan.FromHours(2));
        var none = new QueueCommand.RouteResolved(new RouteDecision.Fail(new SmtpReply(556, new EnhancedStatus(5, 1, 10), "null MX")));
        _queue.Offer(_queue.NewId()).Do(none);
        Assert.Equal(new NotedReply(_queue.Now, "556 5.1.10 null MX"), Describe().NoRoute);
        _queue.Route();
        Assert.Null(Describe().NoRoute);
    }

    [Fact]
    public void Replies_are_cut_to_a_length_that_can_be_sent()
    {
        var id = Sent();
        var reply = new SmtpReply(450, null, new string('x', QueueDescription.MaxReplyLength - 5) + "\U0001F4EB" + new string('y', 500));
        _queue.End(id, 1, new RecipientOutcome(RecipientSet.Of(0), Disposition.Deferred, reply, "mx.example.org"));
        var text = Assert.Single(Describe().Messages).LastReply;
        Assert.Equal(QueueDescription.MaxReplyLength - 1, text.Length);
        Assert.EndsWith("x", text, StringComparison.Ordinal);
    }

    private QueueDescription Describe(QueueDriver? queue = null, int max = 20, MessageId? id = null) =>
        (queue ?? _queue).Machine.Describe(new DescribeQueue(Queue, max) { Message = id }, _queue.Now);

    private MessageId Deferred()
    {
        var id = Sent();
        _queue.End(id, 1, QueueDriver.Deferred(0));
        return id;
    }
}

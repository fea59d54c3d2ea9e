using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>New mail waits a moment for its first credit, so that the journal has one row for it instead of two.</summary>
public sealed class HeldOfferTests
{
    private static readonly TimeSpan HoldFor = TimeSpan.FromMilliseconds(50);

    private readonly QueueDriver _queue = new(holdFor: HoldFor);

    [Fact]
    public void New_mail_is_written_together_with_its_first_attempt()
    {
        var id = _queue.NewId();
        _queue.Offer(id);
        Assert.Single(_queue.Take<QueueEffect.ResolveRoute>());
        _queue.Route();
        Assert.Equal(1, Assert.Single(_queue.Take<QueueEffect.AskForCredit>()).Jobs);
        Assert.Empty(_queue.Journal);
        Assert.Empty(_queue.Take<QueueEffect.AcknowledgeParts>());
        _queue.Grant(1);
        Assert.Collection(_queue.Journal, row => Assert.IsType<MessageEnqueued>(row), row => Assert.IsType<AttemptsStarted>(row));
        Assert.Equal([id], Assert.Single(_queue.Take<QueueEffect.AcknowledgeParts>()).Messages);
        Assert.Equal(id, Assert.Single(_queue.TakeJobs()).Message);
    }

    [Fact]
    public void A_repeat_of_a_held_offer_is_acknowledged_with_it()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route();
        _queue.Offer(id, isRepeat: true);
        Assert.Empty(_queue.Take<QueueEffect.CheckParts>());
        Assert.Empty(_queue.Take<QueueEffect.AcknowledgeParts>());
        _queue.Grant(1);
        Assert.Single(_queue.Journal.OfType<MessageEnqueued>());
        Assert.Equal([id, id], Assert.Single(_queue.Take<QueueEffect.AcknowledgeParts>()).Messages);
        Assert.Single(_queue.TakeJobs());
    }

    [Fact]
    public void Further_offers_are_held_too_and_more_credit_is_requested()
    {
        var ids = Enumerable.Range(0, 3).Select(_ => _queue.NewId()).ToArray();
        _queue.Offer(ids[0]).Route().Offer(ids[1]).Offer(ids[2]);
        Assert.Equal([1, 2], _queue.Take<QueueEffect.AskForCredit>().Select(effect => effect.Jobs));
        _queue.Grant(2);
        Assert.Equal(ids, Assert.Single(_queue.Take<QueueEffect.AcknowledgeParts>()).Messages);
        Assert.Equal(2, _queue.TakeJobs().Count);
        Assert.Equal(1, _queue.Machine.Due);
    }

    [Fact]
    public void Without_credit_a_held_offer_is_written_when_its_time_is_over()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route();
        Assert.False(_queue.Machine.IsIdle);
        Assert.Equal(_queue.Now + HoldFor, _queue.Machine.NextWake(_queue.Now));
        _queue.After(HoldFor);
        Assert.IsType<MessageEnqueued>(Assert.Single(_queue.Journal));
        Assert.Equal([id], Assert.Single(_queue.Take<QueueEffect.AcknowledgeParts>()).Messages);
        _queue.Grant(1);
        Assert.Equal(id, Assert.Single(_queue.TakeJobs()).Message);
    }

    [Fact]
    public void A_row_that_is_written_anyway_includes_held_offers()
    {
        var first = _queue.NewId();
        _queue.Offer(first).Route().Grant(1);
        var next = _queue.NewId();
        _queue.Offer(next);
        Assert.Equal(2, _queue.Journal.Count);
        _queue.End(first, 1, Delivered(0));
        Assert.Equal(next, Assert.IsType<MessageEnqueued>(_queue.Journal[^1]).Message);
        Assert.Equal(4, _queue.Journal.Count);
    }

    [Fact]
    public void Mail_for_a_paused_site_or_behind_other_mail_is_written_at_once()
    {
        _queue.Offer(_queue.NewId()).Route().After(HoldFor);
        _queue.Offer(_queue.NewId());
        Assert.Equal(2, _queue.Journal.Count);
        _queue.Do(new QueueCommand.SiteDown(new SiteUnavailable(Queue, Destination, TimeSpan.FromMinutes(5), Deferred(0).Reply)));
        _queue.Offer(_queue.NewId());
        Assert.Equal(3, _queue.Journal.OfType<MessageEnqueued>().Count());
    }

    [Fact]
    public void A_part_offered_twice_or_checked_while_held_is_written_once()
    {
        var id = _queue.NewId();
        _queue.Offer(id, isRepeat: true).Offer(id).Offer(id).Route();
        var check = Assert.Single(_queue.Take<QueueEffect.CheckParts>());
        _queue.Do(new QueueCommand.PartsChecked(check.Parts, new Dictionary<MessageId, MovedPart?> { [id] = null }, check.ReplyTo));
        _queue.Grant(1);
        Assert.Single(_queue.Journal.OfType<MessageEnqueued>());
        Assert.Equal(id, Assert.Single(_queue.TakeJobs()).Message);
        Assert.All(
            _queue.Take<QueueEffect.AcknowledgeParts>(), effect => Assert.All(effect.Messages, message => Assert.Equal(id, message)));
    }

    [Fact]
    public void Offers_held_by_a_stopped_owner_are_unknown_to_the_next_owner()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route().Restart();
        Assert.Empty(_queue.Journal);
        Assert.True(_queue.Machine.IsIdle);
        _queue.Offer(id).Route().Grant(1);
        Assert.Equal(id, Assert.Single(_queue.TakeJobs()).Message);
    }
}

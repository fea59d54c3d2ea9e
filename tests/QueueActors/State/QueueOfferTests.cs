using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>Offers of parts: new, repeated, settled and marked.</summary>
public sealed class QueueOfferTests : QueueMachineFixture
{
    [Fact]
    public void A_part_is_journaled_with_its_acknowledgement_and_asks_for_a_route()
    {
        var id = _queue.NewId();
        _queue.Offer(id);
        Assert.IsType<MessageEnqueued>(Assert.Single(_queue.Journal));
        Assert.Equal([id], Assert.Single(_queue.Take<QueueEffect.AcknowledgeParts>()).Messages);
        Assert.Single(_queue.Take<QueueEffect.ResolveRoute>());
    }

    [Fact]
    public void A_part_offered_twice_is_acknowledged_twice_and_enqueued_once()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Offer(id);
        Assert.Single(_queue.Journal);
        Assert.Equal(2, _queue.Take<QueueEffect.AcknowledgeParts>().Count);
    }

    [Fact]
    public void An_unknown_repeat_is_enqueued_only_if_its_part_is_in_the_spool()
    {
        var (here, gone) = (_queue.NewId(), _queue.NewId());
        _queue.Offer(here, isRepeat: true).Offer(gone, isRepeat: true);
        Assert.Empty(_queue.Journal);
        Assert.Empty(_queue.Take<QueueEffect.AcknowledgeParts>());
        foreach (var check in _queue.Take<QueueEffect.CheckParts>())
            _queue.Do(new QueueCommand.PartsChecked(check.Parts, new Dictionary<MessageId, MovedPart?> { [here] = null }, check.ReplyTo));
        Assert.Equal(here, Assert.IsType<MessageEnqueued>(Assert.Single(_queue.Journal)).Message);
        Assert.Equal([here, gone], _queue.Take<QueueEffect.AcknowledgeParts>().SelectMany(e => e.Messages));
    }

    [Fact]
    public void A_failed_check_acknowledges_nothing()
    {
        var id = _queue.NewId();
        _queue.Offer(id, isRepeat: true);
        var check = Assert.Single(_queue.Take<QueueEffect.CheckParts>());
        _queue.Offer(id, isRepeat: true);
        Assert.Empty(_queue.Take<QueueEffect.CheckParts>());
        _queue.Do(new QueueCommand.CheckFailed(check.Parts)).Offer(id, isRepeat: true);
        Assert.Single(_queue.Take<QueueEffect.CheckParts>());
        Assert.Empty(_queue.Take<QueueEffect.AcknowledgeParts>());
    }

    [Fact]
    public void A_settled_part_that_is_offered_again_is_acknowledged_and_dropped()
    {
        var id = Sent();
        _queue.End(id, 1, Delivered(0)).Offer(id).Offer(id, isRepeat: true);
        Assert.Empty(_queue.State.Entries);
        Assert.Empty(_queue.Take<QueueEffect.CheckParts>());
    }

    [Fact]
    public void Only_a_part_that_stays_is_marked()
    {
        var stays = _queue.NewId();
        _queue.Offer(stays);
        Sent();
        _queue.Take<QueueEffect.Mark>();
        _queue.End(MessageId.FromHalves(7, 2), 1, Delivered(0));
        Assert.Empty(_queue.Take<QueueEffect.Mark>());
        _queue.After(TimeSpan.FromSeconds(10));
        Assert.Equal([new QueueMark(stays, 0)], Assert.Single(_queue.Take<QueueEffect.Mark>()).Marks);
        _queue.Do(new QueueCommand.Marked([new QueueMark(stays, 0)], true)).After(TimeSpan.FromMinutes(1));
        Assert.Empty(_queue.Take<QueueEffect.Mark>());
    }

    [Fact]
    public void A_repeated_offer_of_a_known_part_marks_it_at_once()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Offer(id, isRepeat: true);
        Assert.Equal([new QueueMark(id, 0)], Assert.Single(_queue.Take<QueueEffect.Mark>()).Marks);
    }
}

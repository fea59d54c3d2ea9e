using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Messages;
using Xunit;

namespace Postfleet.QueueActors.Tests.HandOff;

/// <summary>The life of a hand-off: turns, gate, timers, and what passes from one hand-off to the next.</summary>
public sealed class HandOffLifecycleTests
{
    private const int Window = 16;

    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");

    private readonly HandOffState _state = new(Window, HandOffLifecycle.GiveUpAfter, () => 0.5);
    private readonly HandOffLifecycle _lifecycle;
    private readonly List<HandOffOutput> _outputs = [];
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    public HandOffLifecycleTests() => _lifecycle = new HandOffLifecycle(_state);

    [Fact]
    public void Parts_of_a_turn_are_sent_together_with_a_timer_for_their_repeat()
    {
        Offer(1, 2);
        Assert.Equal([Id(1), Id(2)], Assert.Single(Sent()).Parts.Select(part => part.Message));
        Assert.Contains(HandOffOutput.SetTimer(HandOffTimer.Due, TimeSpan.FromSeconds(1)), _outputs);
        Offer(3);
        Assert.DoesNotContain(_outputs, output => output.Kind == HandOffOutputKind.SetTimer);
    }

    [Fact]
    public void A_turn_has_a_bounded_number_of_parts_and_another_turn_follows()
    {
        var parts = 0;
        for (; _lifecycle.AcceptsMore; parts++) _lifecycle.Offer(Part(parts), _now);
        Assert.InRange(parts, 1, 10_000);
        Handle(HandOffInput.TurnEnded(reachesQueues: true));
        Assert.Contains(_outputs, output => output.Kind == HandOffOutputKind.TakeMore);
        Assert.True(_lifecycle.AcceptsMore);
        Offer(1);
        Assert.DoesNotContain(_outputs, output => output.Kind == HandOffOutputKind.TakeMore);
    }

    [Fact]
    public void Nothing_is_sent_while_no_queue_node_can_be_reached_and_one_timer_looks_again()
    {
        Offer(reachesQueues: false, 1);
        Assert.Equal([HandOffOutput.SetTimer(HandOffTimer.Look, TimeSpan.FromSeconds(1))], _outputs);
        Offer(reachesQueues: false, 2);
        Assert.Empty(_outputs);
        Handle(HandOffInput.Due(HandOffTimer.Look, reachesQueues: false));
        Assert.Equal(HandOffTimer.Look, Assert.Single(_outputs).Timer);
        Handle(HandOffInput.Due(HandOffTimer.Look, reachesQueues: true));
        Assert.Equal(2, Assert.Single(Sent()).Parts.Count);
    }

    [Fact]
    public void The_gate_closes_above_half_of_the_window_and_opens_when_a_quarter_less_is_on_its_way()
    {
        Offer([.. Enumerable.Range(1, Window / 2)]);
        Assert.Empty(Gate());
        Offer(100);
        Assert.Equal([HandOffOutputKind.CloseGate, HandOffOutputKind.LogBehind], Gate());
        Acknowledge(1, 2);
        Assert.Empty(Gate());
        Acknowledge(3);
        Assert.Equal([HandOffOutputKind.OpenGate], Gate());
    }

    [Fact]
    public void The_gate_opens_when_no_queue_node_can_be_reached()
    {
        Offer([.. Enumerable.Range(1, Window)]);
        Assert.Contains(HandOffOutputKind.CloseGate, Gate());
        Offer(reachesQueues: false);
        Assert.Equal([HandOffOutputKind.OpenGate], Gate());
    }

    [Fact]
    public void Queues_that_stay_behind_are_logged_once_a_minute()
    {
        for (var turn = 0; turn < 2; turn++)
        {
            Offer([.. Enumerable.Range(1, Window)]);
            Assert.Equal(turn == 0, Gate().Contains(HandOffOutputKind.LogBehind));
            Acknowledge([.. Enumerable.Range(1, Window)]);
        }

        _now += TimeSpan.FromMinutes(1);
        Offer([.. Enumerable.Range(1, Window)]);
        Assert.Contains(HandOffOutputKind.LogBehind, Gate());
    }

    [Fact]
    public void A_hand_off_leaves_its_parts_to_the_next_one_which_offers_them_as_repeats()
    {
        Offer(1, 2);
        Acknowledge(1);
        Handle(HandOffInput.Stopping);
        Assert.Equal(HandOffOutputKind.OpenGate, _outputs[0].Kind);
        var left = _outputs[1].Left;
        Assert.Equal([Part(2)], left);

        var next = new HandOffLifecycle(new HandOffState(Window, HandOffLifecycle.GiveUpAfter, () => 0.5));
        Handle(next, HandOffInput.Started(left));
        Assert.Equal([HandOffOutputKind.OpenGate, HandOffOutputKind.SendSoon], _outputs.Select(output => output.Kind));
        Handle(next, HandOffInput.Due(HandOffTimer.Due, reachesQueues: true));
        Assert.True(Assert.Single(Assert.Single(Sent()).Parts).IsRepeat);
    }

    [Fact]
    public void An_empty_hand_off_is_reported_once_to_who_waits_for_it()
    {
        Offer(1);
        Handle(HandOffInput.EmptyAwaited);
        Assert.Empty(_outputs);
        Acknowledge(1);
        Assert.Contains(_outputs, output => output.Kind == HandOffOutputKind.ReportEmpty);
        Offer(2);
        Acknowledge(2);
        Assert.DoesNotContain(_outputs, output => output.Kind == HandOffOutputKind.ReportEmpty);
    }

    private void Offer(params int[] parts) => Offer(true, parts);

    private void Offer(bool reachesQueues, params int[] parts)
    {
        foreach (var part in parts) _lifecycle.Offer(Part(part), _now);
        Handle(HandOffInput.TurnEnded(reachesQueues));
    }

    private void Acknowledge(params int[] parts) => Handle(HandOffInput.Acknowledged(new Enqueued(Queue, [.. parts.Select(Id)])));

    private void Handle(in HandOffInput input) => Handle(_lifecycle, input);

    private void Handle(HandOffLifecycle lifecycle, in HandOffInput input)
    {
        _outputs.Clear();
        lifecycle.Handle(input, _now, _outputs);
    }

    private IReadOnlyList<Enqueue> Sent() => [.. _outputs.Select(output => output.Offer).OfType<Enqueue>()];

    private IReadOnlyList<HandOffOutputKind> Gate() => [.. _outputs.Select(output => output.Kind)
        .Where(kind => kind is HandOffOutputKind.OpenGate or HandOffOutputKind.CloseGate or HandOffOutputKind.LogBehind)];

    private static MessageId Id(int number) => MessageId.FromHalves(1, (ulong)number);

    private static PendingPart Part(int number) => new(Queue, new QueuedPart(Id(number), 1, DateTimeOffset.UnixEpoch));
}

using System.Collections;
using System.Reflection;
using CsCheck;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>A replay restores the live state in every field: from events alone, and from a checkpoint and the events after it.</summary>
public class ReplayTests
{
    /// <summary>Fields that each owner computes itself: an entry's places in the heaps, and when its job was sent.</summary>
    private static readonly string[] OfTheOwner = ["WakeAt", "SentAt", "IsReady", "IsLateAwaited", "IsRemoved"];

    private static readonly Gen<(int Kind, int Chance)[]> Steps = Gen.Select(Gen.Int[0, 16], Gen.Int[0, 1000]).Array[0, 120];

    [Fact]
    public void The_state_after_a_replay_is_the_live_state_in_every_field() =>
        Steps.Sample(steps =>
        {
            var life = new Life();
            foreach (var (kind, chance) in steps) life.Do(kind, chance);
            Assert.Equal(Describe(life.Queue.State), Describe(life.Replay()));
        }, iter: 3000);

    [Fact]
    public void A_checkpoint_of_two_thousand_messages_preserves_their_order()
    {
        var life = new Life();
        for (var i = 0; i < 2000; i++) life.Do(0, i);
        life.Do(2, 0);
        life.Do(5, 60);
        life.Compact(isDeleted: true);
        Assert.Equal(4, life.Queue.Journal.Count);
        Assert.Equal(Describe(life.Queue.State), Describe(life.Replay()));
    }

    [Fact]
    public void A_checkpoint_of_an_older_version_preserves_the_site_state_of_earlier_events()
    {
        var life = new Life();
        life.Do(0, 0);
        life.Do(2, 0);
        life.Do(5, 60);
        var pieces = Checkpoints.Write(life.Queue.State);
        var replayed = life.Replay();
        foreach (var piece in pieces) replayed.Apply(piece with { Queue = null });
        Assert.Equal((life.Queue.State.SiteUntil, 1), (replayed.SiteUntil, replayed.SiteFailures));
    }

    // All properties, including properties added later.
    private static string Describe(object? value, string indent = "")
    {
        switch (value)
        {
            case null: return "none";
            case DateTimeOffset time: return time.ToString("O");
            case string or ValueType and not IEnumerable: return value.ToString()!;
            case IEnumerable items:
                return string.Concat(items.Cast<object>().Select(item => $"\n{indent}- {Describe(item, indent + "  ")}"));
        }

        var properties = value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0 && !OfTheOwner.Contains(property.Name));
        return string.Concat(
            properties.Select(property => $"\n{indent}{property.Name}: {Describe(property.GetValue(value), indent + "  ")}"));
    }

    private static string Describe(QueueState state)
    {
        var rest = typeof(QueueState).GetProperties()
            .Where(property => property.Name is not (nameof(QueueState.Entries) or nameof(QueueState.Unsettled)))
            .Select(property => $"{property.Name}: {Describe(property.GetValue(state), "  ")}");
        var entries = Describe(state.InOrder().ToList());
        var unsettled = state.Unsettled.OrderBy(pair => pair.Key.ToString(), StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}: {Describe(pair.Value)}");
        return string.Join('\n', [.. rest, $"oldest: {state.FindOldest()}", $"entries: {entries}", .. unsettled]);
    }

    // A queue, and the spool's responses beside its journal, which are known without an event.
    private sealed class Life
    {
        private readonly List<object> _told = [];
        private readonly List<MessageId> _messages = [];

        public Life() => Queue = new QueueDriver(TimeSpan.FromHours(4));

        public QueueDriver Queue { get; }

        public void Do(int kind, int chance)
        {
            switch (kind)
            {
                case 0 or 1: Offer(chance); break;
                case 2: Queue.Route(); break;
                case 3: Queue.Grant(1 + chance % 4); break;
                case 4: Queue.After(TimeSpan.FromMinutes(chance)); break;
                case 5: LeaveAlone(TimeSpan.FromMinutes(chance)); break;
                case 6: Queue.Do(new QueueCommand.RouteResolved(Decision(chance))); break;
                case 7: Queue.Do(new QueueCommand.DestinationLost()); break;
                case 8: Queue.After(TimeSpan.FromHours(chance)); break;
                case 9 when chance % 4 == 0: Compact(isDeleted: chance % 8 == 0); break;
                case 10: Confirm(chance); break;
                case 11: Mark(chance); break;
                case 12 or 13: Act(chance); break;
                default: End(chance); break;
            }
        }

        public QueueState Replay()
        {
            var state = new QueueState(new ReplyPool());
            foreach (var row in Queue.Journal.Concat(_told))
            {
                switch (row)
                {
                    case CheckpointPiece piece: state.Apply(piece); break;
                    case IQueueEvent e: state.Apply(e); break;
                    case QueueCommand.Settled settled:
                        foreach (var attempt in settled.Confirmed) state.ConfirmSettled(attempt.Message, attempt.Attempt);
                        break;
                    case QueueCommand.Marked marked:
                        foreach (var mark in marked.Marks) if (state.Find(mark.Message) is { } entry) entry.IsMarked = true;
                        break;
                }
            }

            return state;
        }

        /// <summary>As the entity does; a crash may happen before the old rows are deleted.</summary>
        public void Compact(bool isDeleted)
        {
            var pieces = Checkpoints.Write(Queue.State);
            if (isDeleted || pieces.Count == 0)
            {
                Queue.Journal.Clear();
                _told.Clear();
            }

            Queue.Journal.AddRange(pieces);
            Queue.State.MarkCompacted();
        }

        private void LeaveAlone(TimeSpan pause) =>
            Queue.Do(new QueueCommand.SiteDown(new SiteUnavailable(QueueDriver.Queue, Destination, pause, Deferred(0).Reply)));

        private void Offer(int chance)
        {
            var id = Queue.NewId();
            _messages.Add(id);
            // Accepted at times that differ from the order of arrival.
            var part = new PartOffer(new QueuedPart(id, 1 + chance % 3, Queue.Now.AddSeconds(-chance)), false);
            Queue.Do(new QueueCommand.Offer(new Enqueue(QueueDriver.Queue, [part]), "hand-off"));
        }

        private static RouteDecision Decision(int chance) =>
            chance % 8 == 0 ? new RouteDecision.Fail(Failed(0).Reply) : new RouteDecision.Defer(Deferred(0).Reply);

        private void Confirm(int chance)
        {
            foreach (var settle in Queue.Take<QueueEffect.Settle>())
            {
                var confirmed = settle.Reports.Where((_, index) => (chance >> index) % 2 == 0)
                    .Select(report => new AttemptId(report.Message, report.Attempt));
                Tell(new QueueCommand.Settled([.. confirmed], chance % 3 == 0));
            }
        }

        private void Mark(int chance)
        {
            foreach (var mark in Queue.Take<QueueEffect.Mark>())
            {
                if (chance % 3 == 0) Queue.Do(new QueueCommand.Marked(mark.Marks, false));
                else Tell(new QueueCommand.Marked(mark.Marks, true));
            }
        }

        private void Act(int chance)
        {
            IReadOnlyList<MessageId> some = chance % 2 == 0 || _messages.Count == 0 ? [] : [_messages[chance % _messages.Count]];
            Queue.Do(new QueueCommand.Act(new ApplyAction(
                QueueDriver.Queue, 1 + chance / 5, (MessageAction)(1 + chance % 5), Queue.Now.AddMinutes(-chance % 3), some, "why"),
                "ops"));
        }

        private void Tell(QueueCommand command)
        {
            Queue.Do(command);
            _told.Add(command);
        }

        private void End(int chance)
        {
            var inFlight = _messages.Where(message => Queue.State.Find(message) is { IsInFlight: true }).ToList();
            if (inFlight.Count == 0) return;
            var entry = Queue.State.Find(inFlight[chance % inFlight.Count])!;
            switch (chance % 7)
            {
                case 0: Queue.End(entry.Message, entry.Attempt, AttemptResult.PartGone); break;
                case 1: Queue.End(entry.Message, entry.Attempt, AttemptResult.Crashed); break;
                case 2: Queue.End(entry.Message, entry.Attempt, AttemptResult.NotAttempted); break;
                default:
                    Queue.End(entry.Message, entry.Attempt, [.. entry.Open.Indexes().Select(index => Outcome(chance / 7 + index, index))]);
                    break;
            }
        }

        private static RecipientOutcome Outcome(int chance, int index) =>
            chance % 3 == 0 ? Delivered(index) : chance % 3 == 1 ? Failed(index) : Deferred(index);
    }
}

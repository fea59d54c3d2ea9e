using CsCheck;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>A queue in a world that loses, repeats and delays messages, and crashes: every part ends in exactly one outcome.</summary>
public class QueueWorldTests
{
    [Fact]
    public void Every_part_ends_once_despite_losses_repeats_and_crashes() =>
        Gen.Int[0, int.MaxValue].Sample(seed => new World(seed).Run(), iter: 400);

    [Fact]
    public void Every_deferral_of_the_journal_is_recorded_despite_crashes() =>
        Gen.Int[0, int.MaxValue].Sample(seed => new World(seed, keepsOutcomes: true).Run(), iter: 400);

    [Fact]
    public void A_replay_restores_the_state() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var world = new World(seed);
        world.Steps(150);
        var replayed = new QueueState(new ReplyPool());
        foreach (var row in world.Queue.Journal) replayed.Apply((IQueueEvent)row);
        // Settlements confirmed meanwhile are known without an event, and only save work.
        Assert.Equal(Entries(Describe(world.Queue.State)), Entries(Describe(replayed)));
        Assert.Equal(world.Queue.State.OpenRecipients, replayed.OpenRecipients);
        Assert.Equal(world.Queue.State.InFlight, replayed.InFlight);
        Assert.Equal(replayed.Entries.Sum(entry => entry.Open.Count), replayed.OpenRecipients);
        Assert.Equal(replayed.Entries.Count(entry => entry.IsInFlight), replayed.InFlight);
    }, iter: 400);

    [Fact]
    public void A_checkpoint_restores_the_state() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var world = new World(seed);
        world.Steps(150);
        var read = new QueueState(new ReplyPool());
        foreach (var piece in Checkpoints.Write(world.Queue.State)) read.Apply(piece);
        Assert.Equal(Describe(world.Queue.State), Describe(read));
        Assert.Equal(world.Queue.State.OpenRecipients, read.OpenRecipients);
        Assert.Equal(world.Queue.State.InFlight, read.InFlight);
    }, iter: 400);

    private static IEnumerable<string> Entries(string state) =>
        state.Split('\n').Where(line => line.Length > 0 && !line.StartsWith("report", StringComparison.Ordinal));

    private sealed class World(int seed, bool keepsOutcomes = false)
    {
        private readonly Random _random = new(seed);
        private readonly Dictionary<MessageId, int> _spool = [];
        private readonly Dictionary<AttemptId, JobOutcome> _ended = [];
        private readonly Dictionary<MessageId, int> _deliveries = [];
        private readonly List<AttemptId> _unacknowledged = [];
        private readonly List<(MessageId Message, int Recipients)> _offered = [];
        private readonly HashSet<AttemptId> _recorded = [];

        public QueueDriver Queue { get; } =
            new QueueDriver(holdFor: TimeSpan.FromMilliseconds(50 * (seed % 2))) { KeepsOutcomes = keepsOutcomes }.Restart();

        public void Run()
        {
            Steps(200);
            Quiesce();
            Assert.True(Queue.State.IsEmpty, $"seed {seed}: the queue keeps {Describe(Queue.State)}");
            Assert.Empty(_spool);
            Assert.All(_offered, part => Assert
                .True(_deliveries.GetValueOrDefault(part.Message) <= 1, $"seed {seed}: {part} was delivered twice"));
            var deferred = Queue.Journal.OfType<AttemptEnded>()
                .Where(e => e.Recipients.Count > 0 && e.Recipients.All(outcome => outcome.Disposition == Disposition.Deferred))
                .Select(e => new AttemptId(e.Message, e.Attempt)).ToHashSet();
            Assert.Equal(keepsOutcomes ? deferred : [], _recorded);
        }

        public void Steps(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                switch (_random.Next(12))
                {
                    case 0 or 1: OfferNew(); break;
                    case 2: OfferAgain(); break;
                    case 3: Queue.Grant(_random.Next(1, 5)); break;
                    case 4: After(TimeSpan.FromSeconds(_random.Next(1, 2000))); break;
                    case 5: SayOutcomesAgain(); break;
                    case 6 when _random.Next(4) == 0: Queue.Restart(); break;
                    case 7 when _random.Next(4) == 0: Queue.Do(new QueueCommand.DestinationLost()); break;
                    default: Serve(loss: 0.2); break;
                }
            }
        }

        private void Quiesce()
        {
            for (var i = 0; i < 2000 && (_spool.Count > 0 || !Queue.State.IsEmpty); i++)
            {
                foreach (var message in _spool.Keys.ToList()) Offer(message, _spool[message], isRepeat: true);
                Queue.Grant(10);
                SayOutcomesAgain();
                Serve(loss: 0);
                After(TimeSpan.FromMinutes(30));
            }
        }

        // A record is committed at once, unless the process ends; all other requests wait for the next turn of the world.
        private void After(TimeSpan time)
        {
            foreach (var record in Queue.Take<QueueEffect.Record>()) Record(record);
            Queue.After(time);
        }

        private void Record(QueueEffect.Record record)
        {
            if (_spool.ContainsKey(record.Attempt.Message)) _recorded.Add(record.Attempt);
        }

        private void OfferNew()
        {
            var (id, recipients) = (Queue.NewId(), _random.Next(1, 4));
            _spool[id] = recipients;
            _offered.Add((id, recipients));
            if (_random.NextDouble() > 0.2) Offer(id, recipients, isRepeat: false);
        }

        private void OfferAgain()
        {
            if (_offered.Count == 0) return;
            var (message, recipients) = _offered[_random.Next(_offered.Count)];
            Offer(message, recipients, isRepeat: true);
        }

        private void Offer(MessageId message, int recipients, bool isRepeat) => Queue.Offer(message, recipients, isRepeat);

        private void SayOutcomesAgain()
        {
            foreach (var attempt in _unacknowledged.ToList())
                Queue.Do(new QueueCommand.Ended(new Outcomes(QueueDriver.Queue, Destination, [_ended[attempt]]), "destination"));
        }

        // The spool, the routes and the destination, each of which may lose a request or its response.
        private void Serve(double loss)
        {
            var effects = Queue.Effects.ToList();
            Queue.Effects.Clear();
            foreach (var effect in effects)
            {
                var isLost = _random.NextDouble() < loss;
                switch (effect)
                {
                    case QueueEffect.ResolveRoute when !isLost: Queue.Route(); break;
                    // The route's task always completes; a lost lookup is a deferral.
                    case QueueEffect.ResolveRoute:
                        Queue.Do(new QueueCommand.RouteResolved(new RouteDecision.Defer(Deferred(0).Reply)));
                        break;
                    case QueueEffect.Record record: Record(record); break;
                    case QueueEffect.CheckParts check: Check(check, isLost); break;
                    case QueueEffect.Settle settle: Settle(settle, isLost); break;
                    case QueueEffect.Mark mark: Queue.Do(new QueueCommand.Marked(mark.Marks, !isLost)); break;
                    case QueueEffect.SendJobs jobs when !isLost: foreach (var job in jobs.Jobs) Deliver(job); break;
                    case QueueEffect.AcknowledgeOutcomes acknowledged when !isLost:
                        _unacknowledged.RemoveAll(attempt => acknowledged.Attempts.Contains(attempt));
                        break;
                }
            }
        }

        private void Check(QueueEffect.CheckParts check, bool isLost)
        {
            var existing = check.Parts.Select(part => part.Message).Where(_spool.ContainsKey)
                .ToDictionary(message => message, _ => (MovedPart?)null);
            Queue.Do(isLost ? new QueueCommand.CheckFailed(check.Parts)
                : new QueueCommand.PartsChecked(check.Parts, existing, check.ReplyTo));
        }

        private void Settle(QueueEffect.Settle settle, bool isLost)
        {
            // The spool may have done the work although its response is lost.
            var isDone = !isLost || _random.Next(2) == 0;
            if (isDone) foreach (var report in settle.Reports.Where(report => report.IsFinal)) _spool.Remove(report.Message);
            Queue.Do(new QueueCommand.Settled(
                isLost ? [] : [.. settle.Reports.Select(report => new AttemptId(report.Message, report.Attempt))], !isLost));
        }

        private void Deliver(DeliveryJob job)
        {
            var attempt = new AttemptId(job.Message, job.Attempt);
            if (!_ended.TryGetValue(attempt, out var outcome))
            {
                outcome = _spool.ContainsKey(job.Message) ? Try(job) : new JobOutcome(job.Message, job.Attempt, AttemptResult.PartGone, []);
                _ended.Add(attempt, outcome);
            }

            if (!_unacknowledged.Contains(attempt)) _unacknowledged.Add(attempt);
            if (_random.Next(3) > 0)
                Queue.Do(new QueueCommand.Ended(new Outcomes(QueueDriver.Queue, Destination, [outcome]), "destination"));
        }

        private JobOutcome Try(DeliveryJob job)
        {
            if (_random.Next(10) == 0) return new JobOutcome(job.Message, job.Attempt, AttemptResult.NotAttempted, []);
            var outcomes = job.Open.Indexes().Select(index => _random.Next(3) switch
            {
                0 => Delivered(index),
                1 => Failed(index),
                _ => Deferred(index),
            }).ToList();
            // A recipient is closed by one outcome only: recipient 0 stands for all.
            if (outcomes.Any(outcome => outcome.Disposition != Core.Queueing.Disposition.Deferred && outcome.Recipients.Contains(0)))
                _deliveries[job.Message] = _deliveries.GetValueOrDefault(job.Message) + 1;
            return new JobOutcome(job.Message, job.Attempt, AttemptResult.Attempted, outcomes);
        }
    }
}

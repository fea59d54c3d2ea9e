using CsCheck;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>
/// A destination in a world where messages are lost and repeated, connections fail, and time passes: its limits always hold, and every job
/// ends.
/// </summary>
public sealed class DestinationWorldTests
{
    [Fact]
    public void Limits_hold_no_job_is_lost_and_none_is_sent_twice() =>
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[1, 6], Gen.OneOf(Gen.Const(""), Gen.Const("50/s"), Gen.Const("60/m")))
            .Sample((seed, connections, rate) => new World(seed, connections, rate).Run(), iter: 300);

    private sealed class World
    {
        private readonly Random _random;
        private readonly DestinationDriver _d;
        private readonly Dictionary<QueueKey, QueueModel> _queues;
        private readonly HashSet<int> _opening = [];
        private readonly HashSet<int> _open = [];
        private readonly HashSet<int> _closing = [];
        private readonly HashSet<(PartId, int)> _attempted = [];
        private readonly string _name;
        private int _seen;
        private double _loss = 0.2;

        public World(int seed, int connections, string rate)
        {
            _name = $"seed {seed}, {connections} connections, rate {rate}";
            Assert.True(Rate.TryParse(rate, out var maxRate));
            _random = new Random(seed);
            _d = new DestinationDriver(new DestinationRules { MaxConnections = connections, MaxRate = maxRate }, seed);
            _queues = Enumerable.Range(0, 5).ToDictionary(i => Queue($"d{i}.example", i < 3 ? "bulk" : "urgent"), _ => new QueueModel());
        }

        public void Run()
        {
            for (var i = 0; i < 300; i++) Step();
            _loss = 0;
            for (var i = 0; i < 5000 && !IsDone; i++) Settle();
            Assert.True(IsDone, $"{_name}: jobs are left after the world has become kind");
            Assert.All(_queues.Values, queue => Assert.Equal(queue.Messages, queue.Done));
            for (var i = 0; i < 20 && !_d.State.IsIdle(_d.Now); i++) PassTime(TimeSpan.FromMinutes(2));
            Assert.True(_d.State.IsIdle(_d.Now), $"{_name}: an idle destination keeps something");
        }

        private bool IsDone => _queues.Values.All(queue => queue.Pending.Count == 0) && _d.State.Unacknowledged == 0;

        private void Step()
        {
            var (key, queue) = _queues.ElementAt(_random.Next(_queues.Count));
            switch (_random.Next(12))
            {
                case 0 or 1: for (var n = _random.Next(1, 40); n > 0; n--) queue.Add(_d.NewJob()); break;
                case 2 or 3: AskAndSend(key, queue); break;
                case 4: SendAgain(key, queue); break;
                case 5: Connect(_random.NextDouble() < 0.6); break;
                case 6 or 7 or 8: EndOne(); break;
                case 9: CloseOne(); break;
                case 10: Drop(); break;
                default: PassTime(TimeSpan.FromSeconds(_random.Next(1, 40))); break;
            }

            Check();
        }

        private void Settle()
        {
            foreach (var (key, queue) in _queues)
            {
                AskAndSend(key, queue);
                if (_random.Next(10) == 0) SendAgain(key, queue);
            }

            Connect(true);
            EndOne();
            CloseOne();
            PassTime(TimeSpan.FromSeconds(_random.Next(1, 20)));
            Check();
        }

        private bool Lost => _random.NextDouble() < _loss;

        private void AskAndSend(QueueKey key, QueueModel queue)
        {
            if (queue.PausedUntil > _d.Now) return;
            var jobs = queue.TakeDue(queue.Credits).ToArray();
            queue.Credits -= jobs.Length;
            if (jobs.Length > 0 && !Lost) _d.Deliver(key, jobs);
            Absorb();
            if (queue.Due > 0 && !Lost) _d.Ask(key, queue.Due);
            Absorb();
        }

        private void SendAgain(QueueKey key, QueueModel queue)
        {
            var jobs = queue.Sent.Take(500).ToArray();
            if (jobs.Length > 0) _d.Deliver(key, jobs);
            Absorb();
        }

        private void Connect(bool works)
        {
            foreach (var connection in _opening.ToList())
            {
                _opening.Remove(connection);
                if (works)
                {
                    _open.Add(connection);
                    _d.Opened(connection);
                }
                else
                {
                    _d.NotOpened(connection);
                }

                Absorb();
            }
        }

        private void EndOne()
        {
            foreach (var connection in _d.RunningJobs.Keys.ToList())
            {
                if (_loss > 0 && _random.Next(2) == 0) continue;
                var job = _d.RunningJobs[connection];
                var isStale = _loss > 0 && _random.Next(8) == 0;
                var isUsable = !isStale && _random.Next(6) != 0;
                if (!isStale)
                    Assert.True(_attempted.Add((job.Part, job.Attempt)), $"{_name}: {job.Part} was sent twice as attempt {job.Attempt}");
                _d.End(connection, isStale, isUsable);
                if (!isUsable && _open.Remove(connection)) _closing.Add(connection);
                Absorb();
            }
        }

        private void CloseOne()
        {
            foreach (var connection in _closing.ToList())
            {
                _closing.Remove(connection);
                _d.Closed(connection);
                Absorb();
            }
        }

        // A connection ends by a fault of its loop's, without a word about its job.
        private void Drop()
        {
            var idle = _open.Where(connection => !_d.RunningJobs.ContainsKey(connection)).ToList();
            if (idle.Count == 0) return;
            _open.Remove(idle[0]);
            _d.Closed(idle[0]);
            Absorb();
        }

        private void PassTime(TimeSpan time)
        {
            _d.After(time);
            Absorb();
            CloseOne();
        }

        private void Absorb()
        {
            for (; _seen < _d.Effects.Count; _seen++)
            {
                switch (_d.Effects[_seen])
                {
                    case DestinationEffect.Open e: _opening.Add(e.Connection); break;
                    case DestinationEffect.Close e: Assert.True(_open.Remove(e.Connection)); _closing.Add(e.Connection); break;
                    case DestinationEffect.Send e: Assert.Contains(e.Connection, _open); break;
                    case DestinationEffect.Grant e:
                        Assert.InRange(_d.State.Granted, 0, _d.Rules.MaxWindow);
                        if (!Lost) _queues[e.Queue].Credits += e.Credits;
                        break;
                    case DestinationEffect.Refuse e:
                        Assert.True(e.RetryAfter > TimeSpan.Zero);
                        if (Lost) break;
                        _queues[e.Queue].PausedUntil = _d.Now + e.RetryAfter;
                        _queues[e.Queue].Credits = 0;
                        break;
                    case DestinationEffect.Report e:
                        if (Lost) break;
                        foreach (var outcome in e.Jobs) _queues[e.Queue].End(outcome);
                        if (!Lost) Acknowledge(e);
                        break;
                }
            }
        }

        private void Acknowledge(DestinationEffect.Report report) => _d.Acknowledge(
            report.Queue, [.. report.Jobs.Select(outcome => new DeliveryJob(outcome.Message, outcome.Attempt, RecipientSet.Empty))]);

        private void Check()
        {
            Assert.InRange(_d.State.Connections, 0, _d.Rules.MaxConnections);
            Assert.Equal(_opening.Count + _open.Count + _closing.Count, _d.State.Connections);
            Assert.InRange(_d.State.Running, 0, _open.Count);
            Assert.Equal(_d.RunningJobs.Count, _d.State.Running);
            Assert.InRange(_d.State.Waiting + _d.State.Running, 0, _d.Rules.MaxInHand);
            Assert.InRange(_d.State.Granted, 0, _d.Rules.MaxWindow);
            Assert.InRange(_d.State.Unacknowledged, 0, _d.Rules.MaxKnown);
            if (_d.State.NextWake(_d.Now) is { } wake) Assert.True(wake > _d.Now, $"{_name}: it would wake again at once");
        }
    }

    /// <summary>A queue as the destination sees it: it keeps unfinished jobs, and sends them again under the same number.</summary>
    private sealed class QueueModel
    {
        private readonly Queue<DeliveryJob> _due = new();
        private readonly Dictionary<MessageId, DeliveryJob> _sent = [];

        public int Messages { get; private set; }

        public int Done { get; private set; }

        public int Credits { get; set; }

        public DateTimeOffset PausedUntil { get; set; }

        public int Due => _due.Count;

        public IReadOnlyCollection<DeliveryJob> Sent => _sent.Values;

        public IReadOnlyCollection<DeliveryJob> Pending => [.. _due, .. _sent.Values];

        public void Add(DeliveryJob job)
        {
            _due.Enqueue(job);
            Messages++;
        }

        public IEnumerable<DeliveryJob> TakeDue(int count)
        {
            for (; count > 0 && _due.TryDequeue(out var job); count--)
            {
                _sent.Add(job.Message, job);
                yield return job;
            }
        }

        public void End(JobOutcome outcome)
        {
            if (!_sent.TryGetValue(outcome.Message, out var job) || job.Attempt != outcome.Attempt) return;
            _sent.Remove(outcome.Message);
            if (outcome.Result == AttemptResult.NotAttempted) _due.Enqueue(job with { Attempt = job.Attempt + 1 });
            else Done++;
        }
    }
}

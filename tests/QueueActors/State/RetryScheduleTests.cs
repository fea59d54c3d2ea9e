using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.Options;
using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

public sealed class RetryScheduleTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly QueuePolicy Default = new QueuePolicies(new QueueOptions(), []).For(Queue("example.org"));

    [Fact]
    public void Pauses_double_from_five_minutes_to_four_hours()
    {
        var minutes = Enumerable.Range(1, 12).Select(tries => RetrySchedule.Delay(Default, tries, 0).TotalMinutes);
        Assert.Equal([5, 10, 20, 40, 80, 160, 240, 240, 240, 240, 240, 240], minutes);
        Assert.Equal(TimeSpan.FromHours(4), RetrySchedule.Delay(Default, int.MaxValue, 0));
        Assert.Equal(TimeSpan.FromMinutes(5), RetrySchedule.Delay(Default, 0, 0));
    }

    /// <summary>Seven attempts with growing pauses, 28 at intervals of four hours, and one when the lifetime ends.</summary>
    [Fact]
    public void An_always_deferred_message_follows_the_table_until_it_expires()
    {
        double[] expected = [0, 5, 15, 35, 75, 155, 315, .. Enumerable.Range(1, 28).Select(n => 315.0 + 240 * n), 7200];
        var (attempts, expired) = TryToTheEnd(Default, random: () => 0);
        Assert.Equal(expected, attempts.Select(at => at.TotalMinutes));
        Assert.Equal(TimeSpan.FromDays(5), expired);
    }

    [Fact]
    public void The_policy_of_a_domain_has_its_own_table()
    {
        var policy = new QueuePolicy(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(10));
        var (attempts, expired) = TryToTheEnd(policy, () => 0);
        Assert.Equal([0, 1, 3, 6, 9, 10], attempts.Select(at => at.TotalMinutes));
        Assert.Equal(TimeSpan.FromMinutes(10), expired);
    }

    [Fact]
    public void The_last_attempt_is_made_when_the_lifetime_ends_for_any_jitter()
    {
        CsCheck.Check.Sample(CsCheck.Gen.Int, seed =>
        {
            var random = new Random(seed);
            var (attempts, expired) = TryToTheEnd(Default, random.NextDouble);
            Assert.Equal(Default.Lifetime, expired);
            Assert.Equal(Default.Lifetime, attempts[^1]);
            Assert.InRange(attempts.Count, 32, 42);
        }, iter: 50);
    }

    [Fact]
    public void Jitter_is_at_most_a_tenth_and_stays_between_the_first_and_the_longest_pause()
    {
        CsCheck.Check.Sample(CsCheck.Gen.Select(CsCheck.Gen.Int[1, 100], CsCheck.Gen.Double[0, 1]), sample =>
        {
            var (tries, random) = sample;
            var (plain, pause) = (RetrySchedule.Delay(Default, tries, 0), RetrySchedule.Delay(Default, tries, random));
            Assert.InRange(pause, Default.FirstRetry, Default.MaxRetry);
            Assert.InRange(pause / plain, plain < Default.MaxRetry ? 1 : 0.9 - 1e-9, 1.1 + 1e-9);
        });
        Assert.Equal(300, RetrySchedule.Delay(Default, 1, 0).TotalSeconds, 6);
        Assert.Equal(330, RetrySchedule.Delay(Default, 1, 1).TotalSeconds, 6);
        Assert.Equal(216, RetrySchedule.Delay(Default, 50, 1).TotalMinutes, 6);
    }

    [Fact]
    public void A_first_pause_equal_to_the_longest_is_still_a_minimum()
    {
        var policy = Default with { MaxRetry = Default.FirstRetry };
        Assert.Equal([300, 330], new[] { 0.0, 1.0 }.Select(random => RetrySchedule.Delay(policy, 1, random).TotalSeconds));
    }

    [Fact]
    public void The_first_matching_override_decides_and_other_values_are_common()
    {
        var options = new QueueOptions
        {
            Domains =
            [
                new DomainQueueOptions { Domain = DomainPattern.Parse("Slow.example"), FirstRetry = TimeSpan.FromHours(1) },
                new DomainQueueOptions { Domain = DomainPattern.Parse("*.example"), MaxRetry = TimeSpan.FromMinutes(7), Lifetime = TimeSpan
                    .FromDays(1), DelayWarning = TimeSpan.FromHours(1) },
                new DomainQueueOptions { Domain = DomainPattern.Parse("slow.example"), FirstRetry = TimeSpan.FromSeconds(1) },
            ],
        };
        Assert.Equal(Default with { FirstRetry = TimeSpan.FromHours(1) }, new QueuePolicies(options, []).For(Queue("slow.example")));
        Assert.Equal(
            Default with { MaxRetry = TimeSpan.FromMinutes(7), Lifetime = TimeSpan.FromDays(1), DelayWarning = TimeSpan.FromHours(1) },
            new QueuePolicies(options, []).For(Queue("a.b.example")));
        Assert.Equal(Default, new QueuePolicies(options, []).For(Queue("example")));
        Assert.Equal(Default, new QueuePolicies(options, []).For(Queue("notexample.org")));
        var all = options with { Domains = [new DomainQueueOptions { Lifetime = TimeSpan.FromDays(2) }, .. options.Domains] };
        Assert.Equal(Default with { Lifetime = TimeSpan.FromDays(2) }, new QueuePolicies(all, []).For(Queue("slow.example")));
    }

    [Fact]
    public void Times_of_a_stream_are_above_the_times_of_the_domain()
    {
        var options = new QueueOptions
        {
            Domains =
            [
                new DomainQueueOptions
                {
                    Domain = DomainPattern.Parse("slow.example"), FirstRetry = TimeSpan.FromHours(1), DelayWarning = TimeSpan.Zero,
                },
            ],
        };
        StreamOptions[] streams =
        [
            new StreamOptions { Name = "bulk", Weight = 7, Lifetime = TimeSpan.FromDays(2) },
            new StreamOptions { Name = "urgent", FirstRetry = TimeSpan.FromMinutes(1), DelayWarning = TimeSpan.FromMinutes(30) },
        ];
        var policies = new QueuePolicies(options, streams);
        var slow = Default with { FirstRetry = TimeSpan.FromHours(1), DelayWarning = TimeSpan.Zero };
        Assert.Equal(slow, policies.For(Queue("slow.example")));
        Assert.Equal(slow with { Lifetime = TimeSpan.FromDays(2) }, policies.For(Queue("slow.example", "bulk")));
        Assert.Equal(
            Default with { FirstRetry = TimeSpan.FromMinutes(1), DelayWarning = TimeSpan.FromMinutes(30) },
            policies.For(Queue("slow.example", "urgent")));
        Assert.Equal(Default with { Lifetime = TimeSpan.FromDays(2) }, policies.For(Queue("other.example", "bulk")));
        Assert.Equal(Default, policies.For(Queue("other.example", "unknown")));
        Assert.Equal(new QueueSetting("Weight", "7", "Streams:0:Weight"), policies.WeightOf(Queue("a.example", "bulk")));
        Assert.Equal(new QueueSetting("Weight", "1", "Streams"), policies.WeightOf(Queue("a.example")));
        Assert.Same(policies.For(Queue("a.example", "bulk")), policies.For(Queue("b.example", "bulk")));
        var times = policies.TimesOf(Queue("slow.example", "bulk"));
        Assert.Equal(
            ("Queues:Domains:0:FirstRetry", "Queues:MaxRetry", "Streams:0:Lifetime", "Queues:Domains:0:DelayWarning"),
            (times.FirstRetry.Key, times.MaxRetry.Key, times.Lifetime.Key, times.DelayWarning.Key));
    }

    private static QueueKey Queue(string domain, string stream = "default") => QueueKey.FromTrusted($"{stream}:{domain}");

    // Plays route, destination, spool and clock for one message that every attempt defers.
    private static (List<TimeSpan> Attempts, TimeSpan Expired) TryToTheEnd(QueuePolicy policy, Func<double> random)
    {
        var message = MessageId.FromHalves(1, 2);
        var machine = new QueueMachine(
            new QueueState(new ReplyPool()),
            new QueueRules(policy.Lifetime, tries => RetrySchedule.Delay(policy, tries, random()), "node"));
        var attempts = new List<TimeSpan>();
        TimeSpan? expired = null;
        var now = Epoch;
        var commands = new Queue<QueueCommand>(
            [new QueueCommand.Offer(
                new Enqueue(QueueDriver.Queue, [new PartOffer(new QueuedPart(message, 1, Epoch), false)]), "hand-off")]);
        for (var round = 0; round < 10_000 && !(machine.IsIdle && commands.Count == 0); round++)
        {
            if (!commands.TryDequeue(out var command))
            {
                now = machine.NextWake(now) ?? throw new InvalidOperationException("the queue holds a message and waits for nothing");
                command = new QueueCommand.Tick();
            }

            foreach (var effect in machine.Decide([command], now).Effects)
            {
                switch (effect)
                {
                    case QueueEffect.ResolveRoute:
                        commands.Enqueue(
                            new QueueCommand.RouteResolved(new RouteDecision.Deliver(QueueDriver.Target, TimeSpan.FromHours(1))));
                        break;
                    case QueueEffect.AskForCredit ask:
                        commands.Enqueue(new QueueCommand
                            .Credit(new CreditGranted(QueueDriver.Queue, QueueDriver.Destination, ask.Jobs), "destination"));
                        break;
                    case QueueEffect.SendJobs send:
                        attempts.Add(now - Epoch);
                        var outcomes = send.Jobs
                            .Select(job => new JobOutcome(job.Message, job.Attempt, AttemptResult.Attempted, [QueueDriver.Deferred(0)]));
                        commands.Enqueue(
                            new QueueCommand.Ended(new Outcomes(QueueDriver.Queue, QueueDriver.Destination, [.. outcomes]), "destination"));
                        break;
                    case QueueEffect.Mark mark: commands.Enqueue(new QueueCommand.Marked(mark.Marks, true)); break;
                    case QueueEffect.Settle settle:
                        Assert.True(Assert.Single(settle.Reports) is { Cause: ReportCause.Expired, IsFinal: true });
                        expired = now - Epoch;
                        commands.Enqueue(
                            new QueueCommand.Settled([.. settle.Reports.Select(r => new AttemptId(r.Message, r.Attempt))], true));
                        break;
                }
            }
        }

        Assert.NotNull(expired);
        return (attempts, expired.Value);
    }
}

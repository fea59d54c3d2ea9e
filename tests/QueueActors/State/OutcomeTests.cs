using System.Reflection;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Settling;
using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>The outcomes that a queue passes on where the spool keeps them.</summary>
public sealed class OutcomeTests
{
    private readonly QueueDriver _queue = new QueueDriver(TimeSpan.FromMinutes(4)) { KeepsOutcomes = true }.Restart();

    [Fact]
    public void Recipients_that_ended_are_settled_with_their_outcomes_also_where_others_stay_open()
    {
        var message = Start(recipients: 3);
        _queue.End(message, 1, QueueDriver.Delivered(0), QueueDriver.Deferred(1));
        var report = Assert.Single(_queue.TakeReports());
        Assert.Equal((1, false, 0), (report.Attempt, report.IsFinal, report.Reported.Count));
        Assert.Equal((ReportCause.Attempt, _queue.Now), (report.Outcomes!.Cause, report.Outcomes.At));
        Assert.Equal(
            [Disposition.Delivered, Disposition.Deferred], report.Outcomes.Recipients.Select(outcome => outcome.Disposition));
        Assert.Empty(_queue.Take<QueueEffect.Record>());
    }

    [Fact]
    public void An_attempt_that_ends_no_recipient_is_recorded_without_a_settlement()
    {
        var message = Start();
        _queue.End(message, 1, QueueDriver.Deferred(0));
        var record = Assert.Single(_queue.Take<QueueEffect.Record>());
        Assert.Equal((message, 1, _queue.Now), (record.Attempt.Message, record.Attempt.Attempt, record.Outcomes.At));
        Assert.Equal(Disposition.Deferred, Assert.Single(record.Outcomes.Recipients).Disposition);
        Assert.Empty(_queue.TakeReports());
    }

    [Fact]
    public void The_details_of_an_attempt_come_with_its_outcomes_and_survive_a_replay()
    {
        var message = Start();
        var details = new AttemptDetails("192.0.2.1", "198.51.100.7", "TLSv1.3", "TLS_AES_256_GCM_SHA384", TimeSpan.FromSeconds(1));
        _queue.End(message, 1, details, QueueDriver.Deferred(0));
        Assert.Equal(details, Assert.Single(_queue.Take<QueueEffect.Record>()).Outcomes.Details);
        _queue.End(Start(), 1, details, QueueDriver.Delivered(0));
        Assert.Equal(details, Assert.Single(_queue.Restart().TakeReports()).Outcomes!.Details);
    }

    [Fact]
    public void A_deferral_is_recorded_again_after_a_replay_and_before_its_part_is_settled()
    {
        var message = Start(recipients: 2);
        _queue.End(message, 1, QueueDriver.Deferred(0));
        var record = Assert.Single(_queue.Take<QueueEffect.Record>());
        for (var i = 0; i < 2; i++)
        {
            var again = Assert.Single(_queue.Restart().Take<QueueEffect.Record>());
            Assert.Equal((record.Attempt, record.Outcomes.At), (again.Attempt, again.Outcomes.At));
            Assert.Equal(record.Outcomes.Recipients, again.Outcomes.Recipients);
        }

        _queue.After(TimeSpan.FromSeconds(1));
        Assert.Empty(_queue.Take<QueueEffect.Record>());
        _queue.Journal.Add(new AttemptEnded(message, 2, _queue.Now, AttemptResult.Attempted,
            [QueueDriver.Delivered(0), QueueDriver.Delivered(1)], null));
        _queue.Restart();
        var effects = _queue.Effects.FindAll(effect => effect is QueueEffect.Record or QueueEffect.Settle);
        Assert.Equal([typeof(QueueEffect.Record), typeof(QueueEffect.Settle)], effects.Select(effect => effect.GetType()));
    }

    [Fact]
    public void Deferrals_from_before_the_last_minute_of_the_journal_are_not_recorded_again()
    {
        var (first, second, third) = (Start(), Start(), Start());
        _queue.End(first, 1, QueueDriver.Deferred(0));
        _queue.Now += TimeSpan.FromSeconds(1);
        _queue.End(second, 1, QueueDriver.Deferred(0));
        _queue.Now += ReplayedRecords.MaxAge;
        _queue.End(third, 1, QueueDriver.Deferred(0));
        Assert.Equal(
            [second, third], _queue.Restart().Take<QueueEffect.Record>().Select(record => record.Attempt.Message));
    }

    [Fact]
    public void A_damaged_journal_has_nothing_recorded_again_since_its_attempts_are_counted_anew()
    {
        _queue.End(Start(), 1, QueueDriver.Deferred(0));
        var state = new QueueState(new ReplyPool(), keepsOutcomes: true);
        foreach (var row in _queue.Journal) state.Apply((IQueueEvent)row);
        state.DropOrphanReports();
        Assert.Empty(state.TakeReplayed());
    }

    [Fact]
    public void Delays_and_expiry_have_outcomes_under_numbers_of_their_own()
    {
        var message = Start();
        _queue.End(message, 1, QueueDriver.Deferred(0));
        _queue.After(TimeSpan.FromMinutes(4));
        var delayed = Assert.Single(_queue.TakeReports());
        Assert.Equal((2, ReportCause.Delayed, Disposition.Deferred),
            (delayed.Attempt, delayed.Outcomes!.Cause, delayed.Outcomes.Recipients[0].Disposition));
        _queue.Do(new QueueCommand.Settled([new(message, 2)], true));
        _queue.After(QueueDriver.Lifetime).Route().Grant(1);
        _queue.End(message, 3, QueueDriver.Deferred(0));
        var expired = Assert.Single(_queue.TakeReports());
        Assert.Equal((4, ReportCause.Expired, Disposition.Failed),
            (expired.Attempt, expired.Outcomes!.Cause, expired.Outcomes.Recipients[0].Disposition));
    }

    [Fact]
    public void Outcomes_of_unconfirmed_settlements_survive_a_replay_and_a_checkpoint()
    {
        var message = Start();
        _queue.End(message, 1, QueueDriver.Delivered(0));
        var before = Assert.Single(_queue.TakeReports()).Outcomes!;
        Check(Assert.Single(_queue.Restart().TakeReports()));
        var pieces = Checkpoints.Write(_queue.State);
        _queue.Journal.Clear();
        _queue.Journal.AddRange(pieces);
        Check(Assert.Single(_queue.Restart().TakeReports()));

        void Check(SettlementRequest report)
        {
            Assert.Equal((before.Cause, before.At), (report.Outcomes!.Cause, report.Outcomes.At));
            Assert.Equal(before.Recipients, report.Outcomes.Recipients);
        }
    }

    [Fact]
    public void Without_history_nothing_more_is_settled_or_recorded()
    {
        _queue.KeepsOutcomes = false;
        _queue.Restart();
        var message = Start(recipients: 2);
        _queue.End(message, 1, QueueDriver.Delivered(0));
        Assert.Empty(_queue.TakeReports());
        Assert.Empty(_queue.Take<QueueEffect.Record>());
        Assert.Empty(_queue.Restart().Take<QueueEffect.Record>());
        _queue.Route().Grant(1);
        _queue.End(message, 2, AttemptDetails.Local, QueueDriver.Delivered(1));
        Assert.All(_queue.Journal.OfType<AttemptEnded>(), ended => Assert.Null(ended.Details));
        Assert.Null(Assert.Single(_queue.TakeReports()).Outcomes);
    }

    [Fact]
    public void No_address_travels_through_the_queue()
    {
        var seen = new HashSet<Type>();
        var next = new Stack<Type>([typeof(QueueState), typeof(ISettler)]);
        foreach (var type in typeof(QueueCommand).Assembly.GetTypes())
        {
            if (type.DeclaringType == typeof(QueueCommand) || type.DeclaringType == typeof(QueueEffect)) next.Push(type);
            if (typeof(IQueueEvent).IsAssignableFrom(type) || type.Namespace == typeof(CheckpointPiece).Namespace) next.Push(type);
        }

        while (next.TryPop(out var type))
        {
            if (type.IsArray) next.Push(type.GetElementType()!);
            foreach (var argument in type.GenericTypeArguments) next.Push(argument);
            if (type.Namespace?.StartsWith("Postfleet", StringComparison.Ordinal) != true || !seen.Add(type)) continue;
            Assert.NotEqual(typeof(Mailbox), type);
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                next.Push(field.FieldType);
            foreach (var parameter in type.GetMethods().Where(_ => type.IsInterface).SelectMany(method => method.GetParameters()))
                next.Push(parameter.ParameterType);
        }

        Assert.Contains(typeof(PartOutcomes), seen);
        Assert.Contains(typeof(SettlementRequest), seen);
    }

    private MessageId Start(int recipients = 1)
    {
        var message = _queue.NewId();
        _queue.Offer(message, recipients).Route().Grant(1);
        _queue.Effects.Clear();
        return message;
    }
}

using CsCheck;
using Postfleet.Contracts.Persistence;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>
/// For any order of durable rows, responses and timers: no effect runs before its rows are durable, sequence numbers are consecutive, and a
/// queue passivates only when nothing is pending. The test's world verifies these properties with each output.
/// </summary>
public sealed class QueueLifecycleTests
{
    private enum Step
    {
        Offer,
        OfferAgain,
        Answer,
        Written,
        Deleted,
        NotDeleted,
        Timer,
        Pass,
        Rest,
        Quiesce,
    }

    // Frequent steps of the last kinds would leave no queue for the other steps.
    private static readonly Gen<Step> AnyStep = Gen.Frequency(
        (20, Gen.Enum<Step>().Where(step => step < Step.Rest)), (2, Gen.Const(Step.Rest)), (1, Gen.Const(Step.Quiesce)));

    private static readonly Gen<(Step Step, int Which)[]> Steps = Gen.Select(AnyStep, Gen.Int[0, 100]).Array[0, 100];

    [Fact]
    public void Every_command_is_answered_and_the_empty_queue_leaves_no_rows() => Gen.Select(Steps, Gen.Bool).Sample((steps, isAlone) =>
    {
        var world = Run(steps, isAlone, world => world.IsPassivating);
        world.Quiesce();
        Assert.True(world.IsPassivating);
        Assert.Equal(0, world.Unanswered);
        Assert.Empty(world.Journal);
    }, iter: 2000);

    [Fact]
    public void A_stopping_queue_completes_its_write_and_its_journal_matches_its_state() =>
        Gen.Select(Steps, Gen.Bool).Sample((steps, isAlone) =>
    {
        var world = Run(steps, isAlone);
        var (isPassivating, isWriting) = (world.IsPassivating, world.IsWriting);
        world.Stop();
        while (world.EndWrite(isDurable: true))
        {
        }

        Assert.True(world.IsStopped);
        // Commands that waited for their batch are recorded too, unless a batch was in flight.
        if (!isWriting) Assert.Equal(0, world.UnansweredOutcomes);
        while (world.EndDeletion(isDone: true))
        {
        }

        Assert.Equal(Entries(world.State), Entries(Replay(world)));
        // The shard forgets a passivating queue: a queue with rows must be started again.
        if (isPassivating && world.Journal.Count > 0) Assert.True(world.IsToStartAgain);
    }, iter: 2000);

    [Fact]
    public void A_queue_whose_write_fails_stops_and_runs_no_effect() => Gen.Select(Steps, Gen.Bool).Sample((steps, isAlone) =>
    {
        var world = Run(steps, isAlone);
        if (world.IsPassivating || !world.EndWrite(isDurable: false)) return;
        Assert.True(world.IsStopped);
        // Later inputs give no output, which the world verifies.
        world.Offer(isRepeat: false);
        world.Stop();
        while (world.Answer(0) || world.NextTimer())
        {
        }
    }, iter: 2000);

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void Attempts_whose_row_took_long_wait_for_another_row_unless_the_owner_is_exclusive(bool isAlone, int rewrites)
    {
        var world = new LifecycleWorld(isAlone);
        world.Offer(isRepeat: false);
        // The route and the credit: then the row with the message and its attempt is written.
        while (!world.IsWriting) Assert.True(world.Answer(0));
        world.Pass(LifecycleRows.DoubtAfter + TimeSpan.FromSeconds(1));
        world.EndWrite(isDurable: true);
        Assert.Equal(rewrites, world.Rewrites);
        world.Quiesce();
        Assert.Equal(rewrites, world.Rewrites);
        Assert.Equal(0, world.Unanswered);
    }

    [Fact]
    public void A_damaged_queue_keeps_its_rows_until_its_mail_is_offered_again()
    {
        var rules = new QueueRules(QueueDriver.Lifetime, _ => TimeSpan.FromMinutes(5), "node-1");
        var state = new QueueState(new ReplyPool());
        var lifecycle = new QueueLifecycle(
            state, new QueueMachine(state, rules), rules, new LifecycleSettings(TimeSpan.FromMinutes(1), default));
        var (now, outputs) = (DateTimeOffset.UnixEpoch, new List<QueueOutput>());
        lifecycle.Replay(new UnreadableRow("m", [], "damaged"));
        Assert.Contains(QueueOutputKind.Reoffer, Handle(QueueInput.Recovered(1)));
        now += TimeSpan.FromMinutes(2);
        Assert.Empty(Handle(QueueInput.Due(QueueTimer.Idle)));
        Assert.Equal([QueueOutputKind.SetTimer], Handle(QueueInput.Reoffered(false)));
        Assert.Equal([QueueOutputKind.Reoffer], Handle(QueueInput.Due(QueueTimer.Mend)));
        Assert.Contains(QueueOutputKind.Delete, Handle(QueueInput.Reoffered(true)));

        IReadOnlyList<QueueOutputKind> Handle(QueueInput input)
        {
            outputs.Clear();
            lifecycle.Handle(input, now, outputs);
            return [.. outputs.Select(output => output.Kind)];
        }
    }

    [Theory]
    [InlineData(true, nameof(QueueOutputKind.Passivate))]
    [InlineData(false, nameof(QueueOutputKind.SetTimer))]
    public void A_queue_does_not_passivate_before_its_compaction_has_deleted_the_rows(bool isDone, string then)
    {
        var rules = new QueueRules(QueueDriver.Lifetime, _ => TimeSpan.FromMinutes(5), "node-1");
        var state = new QueueState(new ReplyPool());
        var lifecycle = new QueueLifecycle(
            state, new QueueMachine(state, rules), rules, new LifecycleSettings(TimeSpan.FromMinutes(1), default));
        var (now, outputs) = (DateTimeOffset.UnixEpoch, new List<QueueOutput>());
        lifecycle.Replay(new UnreadableRow("m", [], "damaged"));
        Handle(QueueInput.Recovered(1));
        // The queue says nothing: its compaction deletes all rows.
        Assert.Contains(QueueOutputKind.Delete, Handle(QueueInput.Reoffered(true)));
        now += TimeSpan.FromMinutes(2);
        Assert.Empty(Handle(QueueInput.Due(QueueTimer.Idle)));
        Assert.Equal(
            [Enum.Parse<QueueOutputKind>(then)], Handle(isDone ? QueueInput.RowsDeleted : QueueInput.RowsKept));

        IReadOnlyList<QueueOutputKind> Handle(QueueInput input)
        {
            outputs.Clear();
            lifecycle.Handle(input, now, outputs);
            return [.. outputs.Select(output => output.Kind)];
        }
    }

    private static LifecycleWorld Run((Step Step, int Which)[] steps, bool isAlone, Predicate<LifecycleWorld>? isEnough = null)
    {
        var world = new LifecycleWorld(isAlone);
        foreach (var (step, which) in steps)
        {
            if (isEnough?.Invoke(world) == true) break;
            switch (step)
            {
                case Step.Offer: world.Offer(isRepeat: false); break;
                case Step.OfferAgain: world.Offer(isRepeat: true); break;
                case Step.Answer: world.Answer(which); break;
                case Step.Written: world.EndWrite(isDurable: true); break;
                case Step.Deleted: world.EndDeletion(isDone: true); break;
                case Step.NotDeleted: world.EndDeletion(isDone: false); break;
                case Step.Timer: world.NextTimer(); break;
                case Step.Rest: world.Rest(); break;
                case Step.Quiesce: world.Quiesce(); break;
                case Step.Pass: world.Pass(TimeSpan.FromMilliseconds(which * which)); break;
            }
        }

        return world;
    }

    private static QueueState Replay(LifecycleWorld world)
    {
        var state = new QueueState(new ReplyPool());
        foreach (var (_, row) in world.Journal)
        {
            if (row is CheckpointPiece piece) state.Apply(piece);
            else foreach (var e in ((QueueEventBatch)row).Events) state.Apply(e);
        }

        return state;
    }

    // Settlements confirmed by the spool are known without an event.
    private static IEnumerable<string> Entries(QueueState state) =>
        QueueDriver.Describe(state).Split('\n').Where(line => line.Length > 0 && !line.StartsWith("report", StringComparison.Ordinal));
}

using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;
using Postfleet.Operations.Budgets;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Spool.Common;

namespace Postfleet.Simulation.Tests.Budgets;

/// <summary>
/// A frontend: the product's shares, questions, batches and units of transactions, in the place of the driver, and sessions that send. As
/// <see cref="IBudgets"/> it only takes units back.
/// </summary>
internal sealed partial class BudgetNode(BudgetWorld world, Chance chance, TimeSpan wallOffset) : IBudgets
{
    private readonly BudgetShares _shares = new();
    private readonly BudgetQuestions _questions = new();
    private readonly List<(BudgetWaiter Waiter, Action<BudgetAnswer?> Go)> _waiting = [];
    private bool _isRunning;

    /// <summary>Whether the process has died.</summary>
    public bool IsDead { get; private set; }

    private TimeSpan Now => world.Scheduler.Elapsed;

    /// <summary>Begins to send, and to look at unused units.</summary>
    public void Start(int sessions)
    {
        for (var i = 0; i < sessions; i++) Later(chance.Seconds(0, 2), BeginMessage);
        Tidy();
    }

    /// <summary>The process dies.</summary>
    public void Die() => IsDead = true;

    /// <summary>The node stops in order.</summary>
    public void Stop()
    {
        _shares.Tidy(Now, isLast: true);
        Work();
    }

    /// <summary>Takes a unit; the answer is null for a failure.</summary>
    public void Take(BudgetLimit limit, long ahead, Action<BudgetAnswer?> go)
    {
        if (_shares.TryTake(limit, world.Version, Now) is { } answer)
        {
            go(answer);
            return;
        }

        var waiter = new BudgetWaiter(world.Version, ahead);
        _questions.Add(limit, waiter);
        _waiting.Add((waiter, go));
        Work();
    }

    private void Tidy()
    {
        if (IsDead) return;
        _shares.Tidy(Now, isLast: false);
        Work();
        if (world.IsSending) world.Scheduler.After(LocalBudgets.TidyEvery, Tidy);
    }

    private void BeginMessage()
    {
        if (world.IsSending) new Message(this, chance.Is(0.2) ? chance.Between(10, 60) : chance.Between(1, 4)).Next();
    }

    private void Later(TimeSpan pause, Action action) => world.Scheduler.After(pause, () =>
    {
        if (!IsDead) action();
    });

    private void Meet(Guid recipient, IEnumerable<Guid> ahead, Action<BudgetAnswer?> go)
    {
        var contact = Contact(recipient);
        if (_shares.TryMeet(contact, world.Version, Now) is { } answer)
        {
            go(answer);
            return;
        }

        var waiter = new BudgetWaiter(world.Version, 1);
        _questions.Add(contact, waiter);
        List<BudgetContact> next = [.. ahead.Select(Contact)];
        _questions.AddAhead(next, _shares, world.Version, Now);
        if (world.Broken == BrokenBudgetRule.AheadCountsAsGranted)
        {
            var known = new ContactGrant(IsKnown: true, IsGranted: false, TimeSpan.FromHours(1), default);
            foreach (var one in next) _shares.Add(one, known, world.Version, Now, Now);
        }

        _waiting.Add((waiter, go));
        Work();
    }

    private BudgetContact Contact(Guid recipient) => new(world.Contacts, recipient);

    private void Return(BudgetReturn units)
    {
        _shares.Return(units, Now);
        Work();
    }

    private void Work()
    {
        if (_isRunning || IsDead) return;
        if (_questions.Take(_shares, _shares.TakeReturns(IBudgetStore.MaxBatch), IBudgetStore.MaxBatch, Now) is not { } batch) return;
        _isRunning = true;
        world.Send(batch.Work, answers => Later(TimeSpan.Zero, () => End(batch, answers)));
    }

    private void End(BudgetWork batch, BudgetAnswers? answers)
    {
        _isRunning = false;
        if (answers is not null)
        {
            foreach (var (limit, waiter) in batch.Answer(_shares, Changed(answers), Now)) _questions.Add(limit, waiter);
        }
        else
        {
            batch.Fail(new BudgetsUnavailableException("no answer"));
            AfterUnknown(batch.Work);
        }

        foreach (var (waiter, go) in _waiting.Where(one => one.Waiter.Task.IsCompleted).ToList())
        {
            _waiting.RemoveAll(one => one.Waiter == waiter);
            go(waiter.Task.IsCompletedSuccessfully ? waiter.Task.Result : null);
        }

        Work();
    }

    private BudgetAnswers Changed(BudgetAnswers answers) => answers with
    {
        Grants = [.. answers.Grants.Select(grant => grant.Series.Day == 0 ? grant : world.Broken switch
        {
            BrokenBudgetRule.YesterdayUsed => grant with { Ends = TimeSpan.FromDays(2) },
            BrokenBudgetRule.NodeClockEndsDay => grant with { Ends = grant.EndsAt - (world.Scheduler.Now + wallOffset) },
            _ => grant,
        })],
    };

    private void AfterUnknown(BudgetBatch batch)
    {
        if (world.Broken == BrokenBudgetRule.ReturnsRepeated) foreach (var units in batch.Returns) _shares.Return(units, Now);
        foreach (var take in batch.Takes)
        {
            var series = new BudgetSeries(take.Limit.Kind == BudgetKind.Daily ? world.DayNumber : 0, 0);
            if (world.Broken == BrokenBudgetRule.UnknownCountsAsRefused)
                _shares.Return(new BudgetReturn(take.Limit, series, take.Count), Now);
            if (world.Broken != BrokenBudgetRule.UnknownCountsAsGranted) continue;
            var end = world.Database.Now.Date.AddDays(1) - world.Database.Now;
            _shares.Add(take.Limit, new BudgetGrant(take.Count, series, 100, end, world.Database.Now + end), world.Version, Now, Now);
        }
    }

    TimeSpan IBudgets.Elapsed => Now;

    void IBudgets.Return(in BudgetReturn units) => Return(units);

    BudgetAnswer? IBudgets.TryTake(BudgetLimit limit, object version) => throw new NotSupportedException();

    ValueTask<BudgetAnswer> IBudgets.TakeAsync(BudgetLimit limit, object version, long ahead, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    BudgetAnswer? IBudgets.TryMeet(in BudgetContact contact, object version) => throw new NotSupportedException();

    ValueTask<BudgetAnswer> IBudgets.MeetAsync(
        BudgetContact contact, IReadOnlyList<BudgetContact> ahead, object version, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    ValueTask<IReadOnlyDictionary<string, long>> IBudgets.ReadUsedAsync(
        IReadOnlyList<string> names, CancellationToken cancellationToken) => throw new NotSupportedException();

    ValueTask IBudgets.ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) => throw new NotSupportedException();

    private BudgetWorld World => world;

    private Chance Chance => chance;
}

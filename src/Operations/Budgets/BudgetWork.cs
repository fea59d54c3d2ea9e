using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Budgets;

/// <summary>A caller that waits for a unit, or for the answer about a recipient.</summary>
/// <param name="version">See <see cref="IBudgets"/>.</param>
/// <param name="ahead">How many units the caller may need soon.</param>
internal sealed class BudgetWaiter(object version, long ahead)
    : TaskCompletionSource<BudgetAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public object Version => version;

    public long Ahead => ahead;

    /// <summary>A waiter whose answer only the memory of the node gets. Its failure is that of another caller, too.</summary>
    public static BudgetWaiter Unattended(object version)
    {
        var waiter = new BudgetWaiter(version, 1);
        _ = waiter.Task.ContinueWith(
            task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return waiter;
    }
}

/// <summary>
/// A batch on its way to the storage, with the callers that wait for it. Used under the lock of <see cref="LocalBudgets"/>.
/// </summary>
/// <param name="work">The batch.</param>
/// <param name="takers">The callers that wait for units, in the order of the takes.</param>
/// <param name="askers">The callers that wait for answers about recipients, in the order of the contacts.</param>
/// <param name="askedAt">When the batch was made.</param>
internal sealed class BudgetWork(
    BudgetBatch work, List<List<BudgetWaiter>> takers, List<List<BudgetWaiter>> askers, TimeSpan askedAt)
{
    /// <summary>The batch.</summary>
    public BudgetBatch Work => work;

    /// <summary>Gives the answers to the callers.</summary>
    /// <returns>The callers for whom no unit was left, who ask again.</returns>
    public List<(BudgetLimit Limit, BudgetWaiter Waiter)> Answer(BudgetShares shares, BudgetAnswers answers, TimeSpan now)
    {
        List<(BudgetLimit, BudgetWaiter)> rest = [];
        for (var i = 0; i < work.Takes.Count; i++)
        {
            var limit = work.Takes[i].Limit;
            shares.Add(limit, answers.Grants[i], takers[i][0].Version, askedAt, now);
            foreach (var waiter in takers[i])
            {
                if (waiter.Task.IsCompleted) continue;
                if (shares.TryTake(limit, waiter.Version, now) is not { } answer) rest.Add((limit, waiter));
                else if (!waiter.TrySetResult(answer) && answer.IsGranted) shares.Undo(limit, now);
            }
        }

        for (var i = 0; i < work.Contacts.Count; i++)
        {
            foreach (var waiter in askers[i])
                waiter.TrySetResult(shares.Add(work.Contacts[i], answers.Contacts[i], waiter.Version, askedAt, now));
        }

        return rest;
    }

    /// <summary>Gives a failure to the callers.</summary>
    public void Fail(BudgetsUnavailableException failure)
    {
        foreach (var waiter in takers.Concat(askers).SelectMany(waiters => waiters)) waiter.TrySetException(failure);
    }
}

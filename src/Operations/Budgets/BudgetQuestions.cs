using Postfleet.Core.Budgets;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Budgets;

/// <summary>
/// The questions that wait for the next batch, by limit and by recipient. <see cref="LocalBudgets"/> owns it and calls it under its lock.
/// </summary>
internal sealed class BudgetQuestions
{
    private readonly OrderedDictionary<BudgetLimit, List<BudgetWaiter>> _takes = [];
    private readonly OrderedDictionary<BudgetContact, List<BudgetWaiter>> _contacts = [];

    /// <summary>Whether nobody waits.</summary>
    public bool IsEmpty => _takes.Count == 0 && _contacts.Count == 0;

    /// <summary>Adds a caller that waits for a unit.</summary>
    public void Add(BudgetLimit limit, BudgetWaiter waiter) => Add(_takes, limit, waiter);

    /// <summary>Adds a caller that waits for the answer about a recipient.</summary>
    public void Add(in BudgetContact contact, BudgetWaiter waiter) => Add(_contacts, contact, waiter);

    /// <summary>
    /// Adds recipients whom a caller needs next. Nobody waits for the answers: the shares remember them. While a limit refuses new
    /// recipients, none is added, since look-ups are counted one by one then.
    /// </summary>
    public void AddAhead(IReadOnlyList<BudgetContact> contacts, BudgetShares shares, object version, TimeSpan now)
    {
        foreach (var contact in contacts)
        {
            if (!shares.IsRefusing(contact.Limit, version, now) && shares.TryMeet(contact, version, now) is null)
                Add(contact, BudgetWaiter.Unattended(version));
        }
    }

    /// <summary>Removes the questions of the next batch; null if there is nothing to do.</summary>
    /// <param name="shares">What the node has.</param>
    /// <param name="returns">The units to return with it.</param>
    /// <param name="most">The most entries of each list.</param>
    /// <param name="now">The time.</param>
    public BudgetWork? Take(BudgetShares shares, List<BudgetReturn> returns, int most, TimeSpan now)
    {
        List<BudgetTake> takes = [];
        List<List<BudgetWaiter>> takers = [];
        // While an operator changes a limit, callers may ask for both values; the storage takes a limit once in a batch.
        HashSet<string> names = new(StringComparer.Ordinal);
        for (var i = 0; i < _takes.Count && takes.Count < most;)
        {
            var (limit, waiters) = _takes.GetAt(i);
            waiters.RemoveAll(waiter => waiter.Task.IsCompleted);
            if (waiters.Count > 0 && !names.Add(limit.Name))
            {
                i++;
                continue;
            }

            _takes.RemoveAt(i);
            if (waiters.Count == 0) continue;
            var want = shares.Want(limit, Math.Max(waiters.Max(waiter => waiter.Ahead), waiters.Count));
            takes.Add(new BudgetTake(limit, want));
            takers.Add(waiters);
        }

        List<BudgetContact> contacts = [];
        List<List<BudgetWaiter>> askers = [];
        HashSet<(string, Guid)> recipients = [];
        for (var i = 0; i < _contacts.Count && contacts.Count < most;)
        {
            var (contact, waiters) = _contacts.GetAt(i);
            waiters.RemoveAll(waiter => waiter.Task.IsCompleted);
            if (waiters.Count > 0 && !recipients.Add((contact.Limit.Name, contact.Recipient)))
            {
                i++;
                continue;
            }

            _contacts.RemoveAt(i);
            if (waiters.Count == 0) continue;
            contacts.Add(contact);
            askers.Add(waiters);
        }

        return takes.Count + contacts.Count + returns.Count == 0 ? null
            : new BudgetWork(new BudgetBatch(returns, takes, contacts), takers, askers, now);
    }

    private static void Add<T>(OrderedDictionary<T, List<BudgetWaiter>> questions, T question, BudgetWaiter waiter) where T : notnull
    {
        if (!questions.TryGetValue(question, out var waiters)) questions[question] = waiters = [];
        waiters.Add(waiter);
    }
}

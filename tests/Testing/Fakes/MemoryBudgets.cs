using Postfleet.Core.Budgets;
using Postfleet.Spool.Common;

namespace Postfleet.Testing.Fakes;

/// <summary>
/// The counts of limits in memory, by the rules of the product: a database for one or several nodes of a test. Thread-safe.
/// </summary>
/// <param name="now">The clock of the database.</param>
public sealed class MemoryBudgets(Func<DateTimeOffset> now) : IBudgetStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, BudgetCount> _counts = [];
    private readonly Dictionary<(string, Guid), int> _known = [];

    /// <summary>Whether the database does not answer. A batch may be done all the same.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether a batch is done although its answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>The number of batches.</summary>
    public int Batches { get; private set; }

    /// <summary>The batches so far.</summary>
    public List<BudgetBatch> All { get; } = [];

    /// <summary>Holds batches back until the task ends.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    private long Now => (now() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The units that were granted of the present day.</summary>
    public long UsedOf(string name)
    {
        lock (_lock) return _counts.GetValueOrDefault(name).UsedAt(Now);
    }

    /// <inheritdoc/>
    public async ValueTask<BudgetAnswers> RunAsync(BudgetBatch batch, CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        return Run(batch);
    }

    /// <summary>Runs a batch at once.</summary>
    public BudgetAnswers Run(BudgetBatch batch)
    {
        lock (_lock)
        {
            Batches++;
            All.Add(batch);
            if (IsAway && !LosesAnswers) throw new SpoolUnavailableException("the database is away");
            foreach (var units in batch.Returns) Count(units.Limit.Name, count => count.Return(units));
            List<BudgetGrant> grants = [];
            foreach (var take in batch.Takes)
            {
                Count(take.Limit.Name, count =>
                {
                    count = count.Take(take.Limit, take.Count, Now, out var grant);
                    grants.Add(grant);
                    return count;
                });
            }

            List<ContactGrant> contacts = [.. batch.Contacts.Select(Meet)];
            return IsAway ? throw new SpoolUnavailableException("the answer of the database is lost") : new BudgetAnswers(grants, contacts);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<string, long>> ReadUsedAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (IsAway) throw new SpoolUnavailableException("the database is away");
            return new(names.Where(_counts.ContainsKey).ToDictionary(name => name, name => _counts[name].UsedAt(Now)));
        }
    }

    /// <inheritdoc/>
    public ValueTask ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        lock (_lock) foreach (var name in names) Count(name, count => count.Reset());
        return ValueTask.CompletedTask;
    }

    private void Count(string name, Func<BudgetCount, BudgetCount> change) => _counts[name] = change(_counts.GetValueOrDefault(name));

    private ContactGrant Meet(BudgetContact contact)
    {
        var (key, today) = ((contact.Limit.Name, contact.Recipient), BudgetCount.DayOf(Now));
        if (_known.TryGetValue(key, out var used) && used >= today - RecipientKey.KeptDays)
        {
            _known[key] = today;
            return BudgetCount.GrantOfContact(isKnown: true, isGranted: false, today, Now);
        }

        _counts[contact.Limit.Name] = _counts.GetValueOrDefault(contact.Limit.Name).Take(contact.Limit, 1, Now, out var grant);
        if (grant.Count > 0) _known[key] = today;
        return BudgetCount.GrantOfContact(isKnown: false, grant.Count > 0, grant.Series.Day, Now);
    }
}

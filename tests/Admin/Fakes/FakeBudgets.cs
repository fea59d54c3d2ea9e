using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;

namespace Postfleet.Admin.Tests.Fakes;

/// <summary>The use of limits that a test sets.</summary>
internal sealed class FakeBudgets : IBudgets
{
    /// <summary>The used units by the names of limits.</summary>
    public Dictionary<string, long> Used { get; } = [];

    /// <summary>Thrown by each call; null for none.</summary>
    public Exception? Fault { get; set; }

    public TimeSpan Elapsed => TimeSpan.Zero;

    public BudgetAnswer? TryTake(BudgetLimit limit, object version) => throw new NotSupportedException();

    public ValueTask<BudgetAnswer> TakeAsync(BudgetLimit limit, object version, long ahead, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public BudgetAnswer? TryMeet(in BudgetContact contact, object version) => throw new NotSupportedException();

    public ValueTask<BudgetAnswer> MeetAsync(
        BudgetContact contact, IReadOnlyList<BudgetContact> ahead, object version, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public void Return(in BudgetReturn units) => throw new NotSupportedException();

    public ValueTask<IReadOnlyDictionary<string, long>> ReadUsedAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        Fault is null ? new(names.Where(Used.ContainsKey).ToDictionary(name => name, name => Used[name])) : throw Fault;

    public ValueTask ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        foreach (var name in names) Used.Remove(name);
        return ValueTask.CompletedTask;
    }
}

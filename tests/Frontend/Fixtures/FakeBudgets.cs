using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>Limits in memory. All questions wait, or none.</summary>
internal sealed class FakeBudgets : IBudgets
{
    public static readonly DateTimeOffset FreeAt = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly BudgetSeries Series = new(1, 1);

    private readonly HashSet<(string, Guid)> _known = [];

    /// <summary>The units of limits that are taken and not returned, by the last part of their names.</summary>
    public Dictionary<string, long> Taken { get; } = [];

    /// <summary>The units that were returned.</summary>
    public Dictionary<string, long> Returned { get; } = [];

    /// <summary>Whether all questions wait for the storage.</summary>
    public bool IsAsked { get; set; }

    public bool IsAway { get; set; }

    /// <summary>The limits for which there is no room.</summary>
    public Func<BudgetLimit, bool> IsFullFor { get; set; } = _ => false;

    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Whether a question ends with its caller; otherwise its answer comes later.</summary>
    public bool EndsWithToken { get; set; }

    /// <summary>The number of questions.</summary>
    public int Questions { get; private set; }

    /// <summary>The number of recipients of each question about recipients.</summary>
    public List<int> Meetings { get; } = [];

    /// <summary>The keys of the recipients of all questions.</summary>
    public HashSet<Guid> Met { get; } = [];

    public TimeSpan Elapsed { get; set; }

    public BudgetAnswer? TryTake(BudgetLimit limit, object version)
    {
        Questions++;
        return IsAsked ? null : Take(limit);
    }

    public async ValueTask<BudgetAnswer> TakeAsync(
        BudgetLimit limit, object version, long ahead, CancellationToken cancellationToken)
    {
        Questions++;
        if (Gate is { } gate) await gate.Task.WaitAsync(EndsWithToken ? cancellationToken : default);
        if (IsFullFor(limit)) throw new BudgetsUnavailableException("full") { IsFull = true };
        return IsAway ? throw new BudgetsUnavailableException("away") : Take(limit);
    }

    public BudgetAnswer? TryMeet(in BudgetContact contact, object version) =>
        !IsAsked && _known.Contains((contact.Limit.Name, contact.Recipient)) ? BudgetAnswer.Granted(Series) : null;

    public ValueTask<BudgetAnswer> MeetAsync(
        BudgetContact contact, IReadOnlyList<BudgetContact> ahead, object version, CancellationToken cancellationToken)
    {
        Meetings.Add(1 + ahead.Count);
        Met.UnionWith([contact.Recipient, .. ahead.Select(next => next.Recipient)]);
        var answer = Meet(contact);
        foreach (var next in ahead) Meet(next);
        return new(answer);
    }

    private BudgetAnswer Meet(in BudgetContact contact)
    {
        if (_known.Contains((contact.Limit.Name, contact.Recipient))) return BudgetAnswer.Granted(Series);
        var answer = Take(contact.Limit);
        if (answer.IsGranted) _known.Add((contact.Limit.Name, contact.Recipient));
        return answer;
    }

    public void Return(in BudgetReturn units)
    {
        var key = KeyOf(units.Limit);
        Taken[key] -= units.Count;
        Returned[key] = Returned.GetValueOrDefault(key) + units.Count;
    }

    public ValueTask<IReadOnlyDictionary<string, long>> ReadUsedAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) => throw new NotSupportedException();

    private static string KeyOf(BudgetLimit limit) => limit.Name[(limit.Name.LastIndexOf('/') + 1)..];

    private BudgetAnswer Take(BudgetLimit limit)
    {
        var key = KeyOf(limit);
        var taken = Taken.GetValueOrDefault(key);
        if (taken >= limit.Most) return new BudgetAnswer(false, default, FreeAt, TimeSpan.FromSeconds(2.5), true);
        Taken[key] = taken + 1;
        return BudgetAnswer.Granted(Series);
    }
}

using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;
using Postfleet.Core.Units;
using Postfleet.Operations.Budgets;
using Xunit;

namespace Postfleet.Operations.Tests.Budgets;

/// <summary>Look-ups of recipients while a limit refuses new ones.</summary>
public sealed class RefusedLookupTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly object User = new();
    private static readonly BudgetLimit Day = new("day", BudgetKind.Daily, Rate.TryParseAny("1000/d", out var rate) ? rate : default);

    private readonly BudgetShares _shares = new();

    [Fact]
    public void Unknown_recipients_use_up_the_lookups_once_each_and_known_recipients_none()
    {
        Assert.True(Answer(isKnown: false, at: 0).IsNews);
        for (var i = 0; i < BudgetShare.RefusedLookups; i++)
        {
            Assert.True(Answer(isKnown: true, at: 1).IsGranted);
            Assert.False(Answer(isKnown: false, at: 1).IsGranted);
        }

        Assert.False(_shares.TryMeet(New(), User, At(2))!.Value.IsGranted);
        Assert.Null(_shares.TryMeet(New(), User, At(10)));
    }

    private static BudgetContact New() => new(Day, Guid.NewGuid());

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private BudgetAnswer Answer(bool isKnown, double at)
    {
        var contact = New();
        // A session asks twice before the storage.
        Assert.Null(_shares.TryMeet(contact, User, At(at)));
        Assert.Null(_shares.TryMeet(contact, User, At(at)));
        return _shares.Add(contact, new ContactGrant(isKnown, false, TimeSpan.FromSeconds(60), Noon), User, At(at), At(at));
    }
}

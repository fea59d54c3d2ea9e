namespace Postfleet.Core.Budgets;

/// <summary>
/// Tells to which count units belong. Units go back only to the count from which they were taken: not to another day, and not after the
/// count was reset.
/// </summary>
/// <param name="Day">The day, in days since 1970; 0 for a rate.</param>
/// <param name="Epoch">Grows with each reset of the limit.</param>
public readonly record struct BudgetSeries(int Day, long Epoch);

/// <summary>Units to be taken from a limit.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Count">The most units; 1 or more.</param>
public readonly record struct BudgetTake(BudgetLimit Limit, long Count);

/// <summary>Unused units that go back to their limit.</summary>
/// <param name="Limit">The limit, with the value with which the units were taken.</param>
/// <param name="Series">The count from which the units were taken.</param>
/// <param name="Count">The units; 1 or more.</param>
public readonly record struct BudgetReturn(BudgetLimit Limit, BudgetSeries Series, long Count);

/// <summary>A recipient to whom a user sends. The first message in a long time takes a unit of the limit.</summary>
/// <param name="Limit">The daily limit.</param>
/// <param name="Recipient">The key of the recipient (<see cref="RecipientKey"/>).</param>
public readonly record struct BudgetContact(BudgetLimit Limit, Guid Recipient);

/// <summary>The answer to a <see cref="BudgetTake"/>.</summary>
/// <param name="Count">The taken units; 0 to the wanted number.</param>
/// <param name="Series">The count from which they were taken.</param>
/// <param name="Left">The units that are left.</param>
/// <param name="Ends">The time from the answer to the end of the day; of a rate, to the next unit (zero where one is left).</param>
/// <param name="EndsAt">The same by the clock of the storage.</param>
public readonly record struct BudgetGrant(long Count, BudgetSeries Series, long Left, TimeSpan Ends, DateTimeOffset EndsAt);

/// <summary>The answer to a <see cref="BudgetContact"/>.</summary>
/// <param name="IsKnown">Whether the recipient was known.</param>
/// <param name="IsGranted">Whether a new recipient took a unit and is known now.</param>
/// <param name="Ends">The time to the end of the day.</param>
/// <param name="EndsAt">The same by the clock of the storage.</param>
public readonly record struct ContactGrant(bool IsKnown, bool IsGranted, TimeSpan Ends, DateTimeOffset EndsAt);

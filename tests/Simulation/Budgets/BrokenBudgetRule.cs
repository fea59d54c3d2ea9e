namespace Postfleet.Simulation.Tests.Budgets;

/// <summary>Rules of limits that a run can break on purpose, in its shells and models, to prove the checks.</summary>
internal enum BrokenBudgetRule
{
    /// <summary>All rules hold.</summary>
    None,

    /// <summary>Units whose return has no answer are returned again.</summary>
    ReturnsRepeated,

    /// <summary>A question without an answer counts as not granted, and the wanted units are returned.</summary>
    UnknownCountsAsRefused,

    /// <summary>A question without an answer counts as granted in whole.</summary>
    UnknownCountsAsGranted,

    /// <summary>Units of a day are used on the next day.</summary>
    YesterdayUsed,

    /// <summary>Units of a day are returned to the next day.</summary>
    ReturnedToAnotherDay,

    /// <summary>The clock of the node decides when the day is over.</summary>
    NodeClockEndsDay,

    /// <summary>A transaction returns its units when its connection ends, too.</summary>
    TransactionReturnsTwice,

    /// <summary>A transaction returns its units although its message was accepted.</summary>
    AcceptedReturned,

    /// <summary>The database reads a count, and writes it later without a lock.</summary>
    CountNotLocked,

    /// <summary>A new recipient is counted and not marked.</summary>
    RecipientNotMarked,

    /// <summary>A recipient is marked without a unit when the limit is reached.</summary>
    RecipientMarkedWhenRefused,

    /// <summary>A recipient who was asked about ahead counts as granted before the answer.</summary>
    AheadCountsAsGranted,
}

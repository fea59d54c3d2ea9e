namespace Postfleet.Simulation.Tests.Shaping;

/// <summary>Rules of shaping that a run can break on purpose, to prove the checks.</summary>
internal enum BrokenShapingRule
{
    /// <summary>All rules hold.</summary>
    None,

    /// <summary>The first step upwards gives the whole limit back.</summary>
    SnapsBack,

    /// <summary>Each connection that hears of an event lowers the limit.</summary>
    EachConnectionCounts,

    /// <summary>A new owner of the destination does not read what was learned.</summary>
    ForgottenAfterMove,

    /// <summary>A reply to one stream slows all mail.</summary>
    OthersAreSlowed,
}

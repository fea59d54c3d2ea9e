namespace Postfleet.Simulation.Tests.Membership;

/// <summary>Rules of membership that a run can break on purpose, in its shells and models, to prove the checks.</summary>
internal enum BrokenMembershipRule
{
    /// <summary>All rules hold.</summary>
    None,

    /// <summary>A node uses its address although another process beats under it.</summary>
    AddressNotChecked,

    /// <summary>A node does not wait until it is known whether the writer of a young row lives.</summary>
    YoungRowTaken,

    /// <summary>A node ends at the first change of a row with its address, which may be the last statement of a killed process.</summary>
    SingleBeatRefuses,

    /// <summary>A node with a young row of its own address ends at once.</summary>
    YoungRowRefuses,

    /// <summary>A node that is up writes its row over any other row.</summary>
    EnteringOverwrites,

    /// <summary>A node that is up writes its row although no other member has one.</summary>
    EnteringAlone,

    /// <summary>A loopback address and addresses of other machines may be in one cluster.</summary>
    ReachNotChecked,

    /// <summary>A node founds a cluster after a short silence of the others.</summary>
    ShortSilence,

    /// <summary>A node measures the silence of others by the age of their rows.</summary>
    SilenceByAge,

    /// <summary>A founder does not compare the rows with the rows that it has seen.</summary>
    FoundingNotCompared,

    /// <summary>Rows are removed by their age alone.</summary>
    RemovedByAge,

    /// <summary>Rows of dead nodes are never removed.</summary>
    NeverRemoved,

    /// <summary>The rows of the registry are no contacts.</summary>
    RowsNotAsked,
}

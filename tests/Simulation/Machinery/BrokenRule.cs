namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>Rules that a run can break on purpose, in its shells and models, to show that the checks see it.</summary>
internal enum BrokenRule
{
    None,
}

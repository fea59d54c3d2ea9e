using Postfleet.Simulation.Tests.Machinery;
using Xunit;

namespace Postfleet.Simulation.Tests;

/// <summary>The simulation detects each broken rule within a bounded number of runs.</summary>
public sealed class MutationTests
{
    private const int MaxRuns = 5_000;

    // Some are rare in runs with all kinds of faults.
    private static readonly Dictionary<BrokenRule, FaultKind[]> Focus = new()
    {
        [BrokenRule.OffersLookNew] = [FaultKind.Loss, FaultKind.Delay, FaultKind.Repeat],
        [BrokenRule.NewOwnerTrustsOffers] = [FaultKind.Loss, FaultKind.Delay, FaultKind.Repeat, FaultKind.Move, FaultKind.EntityFails],
        [BrokenRule.SweptWithoutFloor] = [FaultKind.Freeze, FaultKind.Delay, FaultKind.StorageErrors],
        [BrokenRule.WokenNodeTrustsItself] = [FaultKind.Freeze, FaultKind.Delay, FaultKind.EntityFails],
        [BrokenRule.RewriteReusesNumbers] = [FaultKind.StorageSlow],
        [BrokenRule.OwnersThinkTheyAreAlone] = [FaultKind.StorageSlow],
        [BrokenRule.MendedWithoutReoffer] = [FaultKind.RowDamaged],
        [BrokenRule.EndedAttemptsForgotten] = [FaultKind.Delay, FaultKind.Repeat],
        [BrokenRule.CheckpointForgetsActions] = [FaultKind.Loss, FaultKind.EntityFails, FaultKind.Delay],
        [BrokenRule.GateNeverOpened] = [FaultKind.StorageSlow, FaultKind.StorageDown],
        [BrokenRule.GateWaitUnbounded] = [FaultKind.StorageSlow, FaultKind.StorageDown],
        [BrokenRule.QueueNodesNotAwaited] = [FaultKind.Cut, FaultKind.Crash],
        [BrokenRule.QueueNodesNotLookedFor] = [FaultKind.Cut, FaultKind.Crash],
        [BrokenRule.LeftPartsForgotten] = [FaultKind.HandOffReplaced, FaultKind.StorageSlow],
        [BrokenRule.CutOffAttemptsReported] = [FaultKind.Move, FaultKind.Leave],
    };

    public static TheoryData<string> Rules => [.. Enum.GetNames<BrokenRule>().Where(name => name != nameof(BrokenRule.None))];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_broken_rule_is_detected(string name) =>
        Assert.True(FindFirst(Enum.Parse<BrokenRule>(name), MaxRuns) is not null,
            $"{MaxRuns} runs did not detect the broken rule {name}");

    /// <summary>The first run to detect a broken rule; null when no run does.</summary>
    internal static Outcome? FindFirst(BrokenRule rule, int runs) =>
        Enumerable.Range(0, runs).Select(seed => Simulator.Run(Plan(rule, seed)))
        .FirstOrDefault(run => run.Failure is not null);

    private static Plan Plan(BrokenRule rule, int seed) => rule == BrokenRule.StreamWeightsIgnored
        ? Machinery.Plan.OfStreams(seed) with { Broken = rule }
        : new(seed, Sizes.Of(seed)) { Broken = rule, Kinds = Focus.GetValueOrDefault(rule) ?? Enum.GetValues<FaultKind>() };
}

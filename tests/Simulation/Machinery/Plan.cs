namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>The plan of a run. The seed decides everything. Faults and messages can be left out, which shortens a failing run.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Size">Number of messages sent by clients.</param>
internal sealed record Plan(int Seed, int Size)
{
    /// <summary>The rule broken on purpose.</summary>
    public BrokenRule Broken { get; init; }

    /// <summary>The possible kinds of faults.</summary>
    public IReadOnlyList<FaultKind> Kinds { get; init; } = Enum.GetValues<FaultKind>();

    /// <summary>Omitted faults, by number.</summary>
    public IReadOnlySet<int> WithoutFaults { get; init; } = new HashSet<int>();

    /// <summary>Omitted messages, by number.</summary>
    public IReadOnlySet<int> WithoutMessages { get; init; } = new HashSet<int>();

    /// <summary>Whether the run is traced.</summary>
    public bool IsTraced { get; init; }

    /// <summary>
    /// Whether the run is about the shares of streams: a backlog of two streams of different weights at one site, with few faults.
    /// </summary>
    public bool HasStreams { get; init; }

    /// <summary>A run about the shares of streams.</summary>
    public static Plan OfStreams(int seed) => new(seed, 2400)
    {
        HasStreams = true,
        Kinds = [FaultKind.Crash, FaultKind.Move, FaultKind.Leave, FaultKind.EntityFails],
    };

    /// <summary>How long clients send and faults happen, from the start. No fault begins after this period.</summary>
    public TimeSpan FaultPeriod { get; } = TimeSpan.FromMinutes(20);

    /// <summary>The faults of this run.</summary>
    public IReadOnlyList<Fault> Faults()
    {
        var chance = new Chance(Seed, 1);
        // Some kinds for each run: combinations of few kinds are found sooner than combinations of all.
        var kinds = Kinds.Where(_ => chance.Is(0.5)).ToArray();
        if (kinds.Length == 0) return [];
        return [.. Enumerable.Range(0, HasStreams ? chance.Between(1, 5) : chance.Between(2, 14)).Select(id => new Fault(
            id, chance.Of(kinds), chance.Seconds(1, FaultPeriod.TotalSeconds), chance.Is(0.5) ? chance.Seconds(1, 45)
                : chance.Seconds(30, 300), chance.Below(int.MaxValue)))];
    }
}

namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>The number of messages of a run: mostly few, so that many runs fit, sometimes more.</summary>
internal static class Sizes
{
    public static int Of(int seed) =>
        new Chance(seed, 11) is var chance && chance.Is(0.2) ? chance.Between(40, 120) : chance.Between(1, 30);
}

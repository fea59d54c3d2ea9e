namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>The number of messages of a run: mostly few, to fit many runs into a test's time, sometimes more.</summary>
internal static class Sizes
{
    public static int Of(int seed) =>
        new Chance(seed, 11) is var chance && chance.Is(0.2) ? chance.Between(40, 120) : chance.Between(1, 30);
}

namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>
/// A stream of random numbers. Each part of the world has its own stream: leaving out a fault changes little else.
/// </summary>
internal sealed class Chance(int seed, int stream)
{
    // Not HashCode.Combine, which differs from process to process.
    private readonly Random _random = new(unchecked((seed * 486187739) ^ (stream * 16777619)));

    public double Share() => _random.NextDouble();

    public bool Is(double probability) => probability > 0 && _random.NextDouble() < probability;

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => _random.Next(count);

    /// <summary>Both ends included.</summary>
    public int Between(int least, int most) => _random.Next(least, most + 1);

    public T Of<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>Evenly between two times, in seconds.</summary>
    public TimeSpan Seconds(double least, double most) => TimeSpan.FromSeconds(least + (most - least) * _random.NextDouble());

    /// <summary>Evenly between two times, in milliseconds.</summary>
    public TimeSpan Milliseconds(double least, double most) => Seconds(least / 1000, most / 1000);
}

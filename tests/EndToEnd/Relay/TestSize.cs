using System.Globalization;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>
/// The size of load tests: small for every commit, or with <c>POSTFLEET_TEST_FULL=1</c> as large as the project's promises.
/// <c>POSTFLEET_TEST_SEED</c> repeats the random choices of a run.
/// </summary>
internal static class TestSize
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("POSTFLEET_TEST_FULL") == "1";

    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("POSTFLEET_TEST_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : Random.Shared.Next();

    /// <summary>The larger number in a full run.</summary>
    public static int Choose(int small, int full) => IsFull ? full : small;
}

/// <summary>A test that runs in full runs only, because it waits for minutes.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FullFactAttribute : FactAttribute
{
    public FullFactAttribute()
    {
        if (!TestSize.IsFull)
        {
            Skip = "waits for minutes: set POSTFLEET_TEST_FULL=1";
        }
    }
}

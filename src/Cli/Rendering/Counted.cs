namespace Postfleet.Cli.Rendering;

/// <summary>Numbers with their noun.</summary>
internal static class Counted
{
    /// <summary>A number with its noun in singular or plural.</summary>
    public static string Text(long number, string noun) => number == 1 ? $"1 {noun}" : FormattableString.Invariant($"{number} {noun}s");
}

using CsCheck;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>Generators shared by several properties.</summary>
internal static class Generators
{
    /// <summary>Texts of up to a number of the given pieces; a piece given twice is twice as frequent.</summary>
    public static Gen<string> TextOf(int most, params string[] pieces) =>
        Gen.Int[0, pieces.Length - 1].Array[0, most].Select(chosen => string.Concat(chosen.Select(i => pieces[i])));
}

using CsCheck;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>Generators that several properties share.</summary>
internal static class Generators
{
    /// <summary>Texts put together of up to so many pieces, each one of those given; a piece given twice comes twice as often.</summary>
    public static Gen<string> TextOf(int most, params string[] pieces) =>
        Gen.Int[0, pieces.Length - 1].Array[0, most].Select(chosen => string.Concat(chosen.Select(i => pieces[i])));
}

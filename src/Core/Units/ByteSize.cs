using System.Globalization;

namespace Postfleet.Core.Units;

/// <summary>
/// A number of bytes, written <c>25MB</c>: a whole number with <c>B</c>, <c>KB</c>, <c>MB</c>, <c>GB</c> or nothing behind it. 1 KB is
/// 1,000 bytes.
/// </summary>
/// <param name="Bytes">The bytes, 0 or more.</param>
public readonly record struct ByteSize(long Bytes)
{
    private static readonly (string Unit, long Factor)[] Units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1)];

    /// <summary>Reads the text form; units in either case.</summary>
    public static bool TryParse(string? text, out ByteSize size)
    {
        size = default;
        var trimmed = text?.Trim() ?? "";
        var (unit, factor) = Array.Find(Units, u => trimmed.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase));
        var digits = unit is null ? trimmed : trimmed[..^unit.Length].TrimEnd();
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        if (unit is null) factor = 1;
        if (number > long.MaxValue / factor) return false;
        size = new ByteSize(number * factor);
        return true;
    }

    /// <summary>The text form, in the largest exact unit.</summary>
    public override string ToString()
    {
        var bytes = Bytes;
        var (unit, factor) = bytes == 0 ? Units[^1] : Array.Find(Units, u => bytes % u.Factor == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / factor}{unit}");
    }
}

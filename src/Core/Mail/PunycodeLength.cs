using System.Text;

namespace Postfleet.Core.Mail;

/// <summary>
/// The number of octets of a Unicode label as an A-label (RFC 3492 section 6.3). The framework's encoder gives no reason when it refuses a
/// label.
/// </summary>
internal static class PunycodeLength
{
    private const int Base = 36;
    private const int MinThreshold = 1;
    private const int MaxThreshold = 26;
    private const int Skew = 38;
    private const int Damp = 700;
    private const int InitialBias = 72;
    private const int InitialCodePoint = 0x80;

    /// <summary>The length of a label's A-label, or of the label itself when it is ASCII.</summary>
    public static int OfALabel(string label)
    {
        if (Ascii.IsValid(label)) return label.Length;
        var runes = label.EnumerateRunes().Select(rune => rune.Value).ToArray();
        var basic = runes.Count(rune => rune < InitialCodePoint);
        var length = "xn--".Length + basic + (basic > 0 ? 1 : 0);
        var (bias, delta, handled, next) = (InitialBias, 0L, basic, InitialCodePoint);
        while (handled < runes.Length)
        {
            var lowest = runes.Where(rune => rune >= next).Min();
            delta += (long)(lowest - next) * (handled + 1);
            next = lowest;
            foreach (var rune in runes)
            {
                if (rune < next) delta++;
                if (rune != next) continue;
                length += Digits(delta, bias);
                bias = Adapt(delta, handled + 1, isFirst: handled == basic);
                delta = 0;
                handled++;
            }

            delta++;
            next++;
        }

        return length;
    }

    private static int Digits(long number, int bias)
    {
        var digits = 1;
        for (var k = Base; ; k += Base)
        {
            var threshold = Math.Clamp(k - bias, MinThreshold, MaxThreshold);
            if (number < threshold) return digits;
            number = (number - threshold) / (Base - threshold);
            digits++;
        }
    }

    private static int Adapt(long delta, int count, bool isFirst)
    {
        delta = isFirst ? delta / Damp : delta / 2;
        delta += delta / count;
        var k = 0;
        for (; delta > (Base - MinThreshold) * MaxThreshold / 2; k += Base) delta /= Base - MinThreshold;
        return k + (int)((Base - MinThreshold + 1) * delta / (delta + Skew));
    }
}

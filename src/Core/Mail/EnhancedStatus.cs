using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Postfleet.Core.Mail;

/// <summary>An enhanced mail system status code, <c>class.subject.detail</c> (RFC 3463).</summary>
/// <param name="Class">2 success, 4 persistent transient failure, 5 permanent failure.</param>
/// <param name="Subject">0 to 999.</param>
/// <param name="Detail">0 to 999.</param>
public readonly record struct EnhancedStatus(int Class, int Subject, int Detail)
{
    /// <summary>Reads <c>5.1.1</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EnhancedStatus status)
    {
        status = default;
        Span<Range> parts = stackalloc Range[4];
        if (text.Length > 9 || text.Split(parts, '.') != 3) return false;
        if (!TryNumber(text[parts[0]], 1, out var @class) || @class is not (2 or 4 or 5)) return false;
        if (!TryNumber(text[parts[1]], 3, out var subject) || !TryNumber(text[parts[2]], 3, out var detail)) return false;
        status = new EnhancedStatus(@class, subject, detail);
        return true;
    }

    /// <summary>Reads a code from where a reply's text begins: the code must be followed by a space or the end.</summary>
    public static bool TryParsePrefix([NotNullWhen(true)] string? text, out EnhancedStatus status)
    {
        status = default;
        if (text is null) return false;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return TryParse(space < 0 ? text : text.AsSpan(0, space), out status);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    private static bool TryNumber(ReadOnlySpan<char> text, int maxDigits, out int number)
    {
        number = 0;
        return text.Length > 0 && text.Length <= maxDigits
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}

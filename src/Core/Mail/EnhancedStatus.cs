using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Postfleet.Core.Mail;

/// <summary>An enhanced mail system status code, <c>class.subject.detail</c> (RFC 3463 section 2).</summary>
public readonly record struct EnhancedStatus
{
    /// <summary>Largest subject and detail: three digits.</summary>
    public const int MaxNumber = 999;

    private const int ClassFactor = 1_000_000;
    private const int SubjectFactor = 1_000;

    /// <summary>Makes a code.</summary>
    /// <param name="class">2 success, 4 persistent transient failure, 5 permanent failure.</param>
    /// <param name="subject">0 to 999.</param>
    /// <param name="detail">0 to 999.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its bounds.</exception>
    public EnhancedStatus(int @class, int subject, int detail)
    {
        if (@class is not (2 or 4 or 5)) throw new ArgumentOutOfRangeException(nameof(@class), @class, "2, 4 or 5");
        ArgumentOutOfRangeException.ThrowIfNegative(subject);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(subject, MaxNumber);
        ArgumentOutOfRangeException.ThrowIfNegative(detail);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(detail, MaxNumber);
        Class = @class;
        Subject = subject;
        Detail = detail;
    }

    /// <summary>2 success, 4 persistent transient failure, 5 permanent failure.</summary>
    public int Class { get; }

    /// <summary>The subject, 0 to 999 (RFC 3463 section 3).</summary>
    public int Subject { get; }

    /// <summary>The detail, 0 to 999.</summary>
    public int Detail { get; }

    /// <summary>The code as a number for stored and wire formats: class * 1,000,000 + subject * 1,000 + detail. It is never 0.</summary>
    public int ToNumber() => Class * ClassFactor + Subject * SubjectFactor + Detail;

    /// <summary>The code of a number from <see cref="ToNumber"/>; null for 0, which stands for no code.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number stands for no code.</exception>
    public static EnhancedStatus? FromNumber(int number) => number == 0
        ? null : new EnhancedStatus(number / ClassFactor, number / SubjectFactor % SubjectFactor, number % SubjectFactor);

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

    /// <summary>Reads a code from where a reply's text begins: the code must be followed by a space, a line end or the end.</summary>
    public static bool TryParsePrefix([NotNullWhen(true)] string? text, out EnhancedStatus status)
    {
        status = default;
        if (text is null) return false;
        var end = text.AsSpan().IndexOfAny(' ', '\n');
        return TryParse(end < 0 ? text : text.AsSpan(0, end), out status);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    private static bool TryNumber(ReadOnlySpan<char> text, int maxDigits, out int number)
    {
        number = 0;
        // Digits alone: the framework also takes NULs behind a number.
        return text.Length <= maxDigits && !text.ContainsAnyExceptInRange('0', '9')
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}

using Postfleet.Core.Mail;

namespace Postfleet.Core.Classification;

/// <summary>Enhanced status codes of a rule: <c>5.1.1</c>, or with <c>x</c> for any number, as <c>x.7.25</c> and <c>x.7.x</c>.</summary>
/// <param name="Class">4 or 5; null for any.</param>
/// <param name="Subject">The subject; null for any.</param>
/// <param name="Detail">The detail; null for any.</param>
internal readonly record struct StatusPattern(int? Class, int? Subject, int? Detail)
{
    /// <summary>Reads a pattern.</summary>
    public static bool TryParse(string text, out StatusPattern pattern)
    {
        pattern = default;
        var parts = text.Split('.');
        // A code with the numbers in place of each x is parsed, so that the numbers have the bounds of codes.
        if (parts.Length != 3 || !EnhancedStatus.TryParse(
            $"{(parts[0] == "x" ? "4" : parts[0])}.{(parts[1] == "x" ? "0" : parts[1])}.{(parts[2] == "x" ? "0" : parts[2])}", out var code)
            || code.Class == 2)
        {
            return false;
        }

        pattern = new StatusPattern(
            parts[0] == "x" ? null : code.Class, parts[1] == "x" ? null : code.Subject, parts[2] == "x" ? null : code.Detail);
        return true;
    }

    /// <summary>Whether a code is one of the pattern's.</summary>
    public bool Matches(EnhancedStatus status) => (Class is null || Class == status.Class)
        && (Subject is null || Subject == status.Subject) && (Detail is null || Detail == status.Detail);
}

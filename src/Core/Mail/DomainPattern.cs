namespace Postfleet.Core.Mail;

/// <summary>
/// A pattern for domains: <c>*</c> for all, <c>*.suffix</c> for the names below a domain without the domain itself, or a single name.
/// </summary>
public readonly record struct DomainPattern
{
    private readonly string? _text;

    /// <summary>The pattern for all domains.</summary>
    public static DomainPattern All { get; } = new("*");

    /// <summary>The pattern for no domain; its text is empty.</summary>
    public static DomainPattern None => default;

    private DomainPattern(string text) => _text = text;

    /// <summary>The text of the pattern, normalised.</summary>
    public string Text => _text ?? "";

    /// <summary>Whether the pattern is a single name.</summary>
    public bool IsName => Text is not ("" or "*") && !Text.StartsWith("*.", StringComparison.Ordinal);

    /// <summary>Normalises a pattern accepted by the rule of its key.</summary>
    public static DomainPattern Parse(string text)
    {
        if (text.Length == 0) return None;
        if (text == "*") return new(text);
        var isSuffix = text.StartsWith("*.", StringComparison.Ordinal);
        var name = DomainName.TryParse(isSuffix ? text[2..] : text, out var domain) ? domain.Value : text;
        return new(isSuffix ? $"*.{name}" : name);
    }

    /// <summary>Whether a normalised domain matches.</summary>
    public bool Matches(string domain)
    {
        if (Text is "" or "*") return Text == "*";
        return IsName ? domain == Text : domain.Length >= Text.Length && domain.EndsWith(Text[1..], StringComparison.Ordinal);
    }

    /// <summary>Whether this pattern matches each domain matched by another pattern.</summary>
    public bool Covers(DomainPattern other) => this != None && other != None && CoversSome(other);

    private bool CoversSome(DomainPattern other) => Text == "*" || Text == other.Text
        || (!IsName && other.Text.EndsWith(Text[1..], StringComparison.Ordinal));

    /// <summary>Whether a domain can match both this and another pattern.</summary>
    public bool Overlaps(DomainPattern other) => Covers(other) || other.Covers(this);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

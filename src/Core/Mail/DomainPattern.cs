namespace Postfleet.Core.Mail;

/// <summary>
/// Which domains a setting is for: <c>*</c> all, <c>*.suffix</c> those below a domain and not the domain itself, or one name.
/// </summary>
public readonly record struct DomainPattern
{
    private readonly string? _text;

    /// <summary>The pattern that matches all domains.</summary>
    public static DomainPattern All { get; } = new("*");

    private DomainPattern(string text) => _text = text;

    /// <summary>The pattern, in the form of normalised domains.</summary>
    public string Text => _text ?? "";

    /// <summary>Whether it is one name.</summary>
    public bool IsName => Text != "*" && !Text.StartsWith("*.", StringComparison.Ordinal);

    /// <summary>Takes a configured pattern, which the configuration has found to be one, and normalises its name.</summary>
    public static DomainPattern Parse(string text)
    {
        if (text == "*") return new(text);
        var isSuffix = text.StartsWith("*.", StringComparison.Ordinal);
        var name = DomainName.TryParse(isSuffix ? text[2..] : text, out var domain) ? domain.Value : text;
        return new(isSuffix ? $"*.{name}" : name);
    }

    /// <summary>Whether a normalised domain matches.</summary>
    public bool Matches(string domain)
    {
        if (Text == "*") return true;
        return IsName ? domain == Text : domain.Length >= Text.Length && domain.EndsWith(Text[1..], StringComparison.Ordinal);
    }

    /// <summary>Whether this pattern matches each domain that another pattern matches.</summary>
    public bool Covers(DomainPattern other) => Text == "*" || Text == other.Text
        || (!IsName && other.Text.EndsWith(Text[1..], StringComparison.Ordinal));

    /// <summary>Whether a domain can match this pattern and another one.</summary>
    public bool Overlaps(DomainPattern other) => Covers(other) || other.Covers(this);

    /// <inheritdoc/>
    public override string ToString() => Text;
}

using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Routing;

/// <summary>Which domains a route is for: <c>*</c> all, <c>*.suffix</c> those below a domain, or one name.</summary>
internal readonly record struct DomainPattern(string Text)
{
    /// <summary>Whether a normalised domain matches.</summary>
    public bool Matches(string domain) =>
        Text == "*" || (Text.StartsWith("*.", StringComparison.Ordinal)
            ? domain.Length > Text.Length - 1 && domain.EndsWith(Text[1..], StringComparison.Ordinal)
            : domain == Text);

    /// <summary>Brings a configured pattern to the form of normalised domains.</summary>
    public static DomainPattern Parse(string text)
    {
        if (text == "*") return new(text);
        var isSuffix = text.StartsWith("*.", StringComparison.Ordinal);
        var name = DomainName.TryParse(isSuffix ? text[2..] : text, out var domain) ? domain.Value : text;
        return new(isSuffix ? $"*.{name}" : name);
    }
}

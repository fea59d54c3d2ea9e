using Postfleet.Configuration;

namespace Postfleet.Delivery.Options;

/// <summary>
/// Names of mail hosts: <c>mx.example.net</c> for one host, <c>.example.net</c> for all hosts below a domain. Immutable; pure.
/// </summary>
internal sealed class HostPatterns
{
    private readonly HashSet<string> _names;

    /// <param name="text">The patterns in canonical form, with commas between.</param>
    public HostPatterns(string text) =>
        _names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);

    /// <summary>The patterns.</summary>
    public IReadOnlyCollection<string> All => _names;

    /// <summary>
    /// The canonical form of patterns: in lower case, without a dot at the end, <c>*.example.net</c> as <c>.example.net</c>; null for a
    /// text of another form.
    /// </summary>
    public static string? Normalize(string text)
    {
        List<string> names = [];
        foreach (var piece in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var trimmed = piece.StartsWith("*.", StringComparison.Ordinal) ? piece[1..] : piece;
            var isSuffix = trimmed.StartsWith('.');
            if (TextForms.Host((isSuffix ? trimmed[1..] : trimmed).TrimEnd('.')) is not { } name) return null;
            names.Add(isSuffix ? $".{name}" : name);
        }

        return string.Join(", ", names);
    }

    /// <summary>Whether all of some hosts match, of which there is at least one.</summary>
    public bool MatchAll(IReadOnlyCollection<string> hosts) => hosts.Count > 0 && hosts.All(Matches);

    /// <summary>The names and suffixes that a pattern for a host can have.</summary>
    public static IEnumerable<string> Candidates(string host)
    {
        yield return host;
        for (var dot = host.IndexOf('.', 1); dot >= 0 && host.Length > 1; dot = host.IndexOf('.', dot + 1)) yield return host[dot..];
    }

    private bool Matches(string host) => Candidates(host).Any(_names.Contains);
}

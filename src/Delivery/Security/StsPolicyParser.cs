using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Security;

/// <summary>Reads policies as they are published (RFC 8461 section 3.2). Pure; takes time and memory in proportion to the text.</summary>
internal static class StsPolicyParser
{
    /// <summary>The longest text in octets.</summary>
    public const int MaxText = 64 * 1024;

    /// <summary>The most patterns of mail hosts. A policy with more is invalid: known ones have fewer than 20.</summary>
    public const int MaxPatterns = 100;

    /// <summary>The longest time for which a policy may be kept: a year, as in the RFC.</summary>
    public static readonly TimeSpan MaxMaxAge = TimeSpan.FromSeconds(31_557_600);

    /// <summary>Reads a policy.</summary>
    /// <param name="text">The text, in any of the line ends CRLF and LF.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="problem">Why the text is no policy, for the log; empty for a policy.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out StsPolicy? policy, out string problem)
    {
        policy = null;
        if (text.Length > MaxText) return Fail($"it is longer than {MaxText} octets", out problem);
        string? version = null, mode = null, age = null;
        var patterns = ImmutableArray.CreateBuilder<string>();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var colon = line.IndexOf(':');
            if (line.Trim(" \t").IsEmpty) continue;
            if (colon <= 0) return Fail("a line has no name and value", out problem);
            var value = line[(colon + 1)..].Trim(" \t");
            switch (line[..colon].TrimEnd(" \t"))
            {
                // The first of several counts.
                case "version": version ??= value.ToString(); break;
                case "mode": mode ??= value.ToString(); break;
                case "max_age": age ??= value.ToString(); break;
                case "mx":
                    if (patterns.Count == MaxPatterns) return Fail($"it has more than {MaxPatterns} mx lines", out problem);
                    if (ReadPattern(value) is not { } pattern) return Fail("an mx line has no pattern of host names", out problem);
                    if (!patterns.Contains(pattern)) patterns.Add(pattern);
                    break;
                default: break;
            }
        }

        if (version != "STSv1") return Fail("its version is not STSv1", out problem);
        if (ReadMode(mode) is not { } known) return Fail("its mode is not enforce, testing or none", out problem);
        // Up to ten digits, as in the grammar.
        if (age is not { Length: > 0 and <= 10 } || !long.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return Fail("its max_age is not a number of seconds", out problem);
        if (known != StsMode.None && patterns.Count == 0) return Fail("it has no mx line", out problem);
        var life = TimeSpan.FromSeconds(Math.Min(seconds, (long)MaxMaxAge.TotalSeconds));
        policy = new StsPolicy(known, life, patterns.ToImmutable());
        problem = "";
        return true;
    }

    private static StsMode? ReadMode(string? word) => word switch
    {
        "enforce" => StsMode.Enforce,
        "testing" => StsMode.Testing,
        "none" => StsMode.None,
        _ => null,
    };

    private static string? ReadPattern(ReadOnlySpan<char> value)
    {
        if (value.Length > 4 * DomainName.MaxLength) return null;
        var isWild = value.StartsWith("*.");
        if (!DomainName.TryParse((isWild ? value[2..] : value).ToString(), out var name) || name.IsAddressLiteral) return null;
        return isWild ? $"*.{name.Value}" : name.Value;
    }

    private static bool Fail(string text, out string problem)
    {
        problem = text;
        return false;
    }
}

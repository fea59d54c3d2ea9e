using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Postfleet.Authentication.Results;

/// <summary>
/// The value of an Authentication-Results field (RFC 8601 section 2.2), or of an ARC-Authentication-Results field (RFC 8617 section 4.1.1).
/// Pure and bounded.
/// </summary>
public sealed class AuthenticationResults
{
    /// <summary>The greatest length of a value that is read, in characters.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The greatest number of results that are read.</summary>
    public const int MaxResults = 100;

    private const int MaxProperties = 50;

    private AuthenticationResults(string service, int instance, ImmutableArray<MethodResult> results, ImmutableArray<string> texts)
    {
        Service = service;
        Instance = instance;
        Results = results;
        Texts = texts;
    }

    /// <summary>The authserv-id.</summary>
    public string Service { get; }

    /// <summary>The instance of an ARC-Authentication-Results field; 0 for an Authentication-Results field.</summary>
    public int Instance { get; }

    /// <summary>The results in their order; empty for <c>none</c>. Comments are not kept.</summary>
    public ImmutableArray<MethodResult> Results { get; }

    /// <summary>The texts of the results as written, with comments, for a seal; empty for <c>none</c>.</summary>
    public ImmutableArray<string> Texts { get; }

    /// <summary>Reads the value of an Authentication-Results field.</summary>
    public static bool TryParse(string value, [NotNullWhen(true)] out AuthenticationResults? results) =>
        TryParse(value, 0, 0, out results);

    /// <summary>Reads the value of an ARC-Authentication-Results field, which begins with its instance.</summary>
    public static bool TryParseArc(string value, [NotNullWhen(true)] out AuthenticationResults? results)
    {
        results = null;
        return TryReadInstance(value, out var instance, out var rest) && TryParse(value, instance, rest, out results);
    }

    /// <summary>Reads the beginning of the value of an ARC-Authentication-Results field.</summary>
    /// <param name="value">The value.</param>
    /// <param name="instance">The instance, at least 1.</param>
    /// <param name="rest">The offset of the authserv-id.</param>
    internal static bool TryReadInstance(string value, out int instance, out int rest)
    {
        var lexer = new ResultLexer(value);
        (instance, rest) = (0, 0);
        if (lexer.Word("=;") != "i" || !lexer.Skip('=')) return false;
        if (!int.TryParse(lexer.Word(";"), NumberStyles.None, CultureInfo.InvariantCulture, out instance)) return false;
        if (instance < 1 || !lexer.Skip(';')) return false;
        rest = lexer.Position;
        return true;
    }

    private static bool TryParse(string value, int instance, int start, [NotNullWhen(true)] out AuthenticationResults? results)
    {
        results = null;
        if (value.Length > MaxLength) return false;
        var lexer = new ResultLexer(value.AsSpan(start));
        if (lexer.Word(";=") is not { Length: > 0 } service) return false;
        // Version 1 is the only one (RFC 8601 section 2.2).
        lexer.SkipSpace();
        if (lexer.Next is not (';' or '\0') && lexer.Word(";=") != "1") return false;
        var methods = ImmutableArray.CreateBuilder<MethodResult>();
        var texts = ImmutableArray.CreateBuilder<string>();
        while (lexer.Skip(';'))
        {
            var text = lexer.SkipToSemicolon();
            var inner = new ResultLexer(text);
            inner.SkipSpace();
            // A semicolon may stand at the end.
            if (inner.IsAtEnd) continue;
            if (methods.Count == MaxResults) return false;
            if (TryParseMethod(ref inner, out var method)) methods.Add(method);
            else if (!IsNone(text)) return false;
            else continue;
            texts.Add(text.Trim().ToString());
        }

        lexer.SkipSpace();
        if (!lexer.IsAtEnd) return false;
        results = new AuthenticationResults(service, instance, methods.ToImmutable(), texts.ToImmutable());
        return true;
    }

    private static bool IsNone(ReadOnlySpan<char> text)
    {
        var lexer = new ResultLexer(text);
        if (!string.Equals(lexer.Word("="), "none", StringComparison.OrdinalIgnoreCase)) return false;
        lexer.SkipSpace();
        return lexer.IsAtEnd;
    }

    private static bool TryParseMethod(ref ResultLexer lexer, [NotNullWhen(true)] out MethodResult? method)
    {
        method = null;
        if (lexer.Word("=/") is not { Length: > 0 } name) return false;
        if (lexer.Skip('/') && lexer.Word("=") != "1") return false;
        if (!lexer.Skip('=') || lexer.Word("=") is not { Length: > 0 } result) return false;
        var reason = "";
        var properties = ImmutableArray.CreateBuilder<MethodProperty>();
        while (true)
        {
            lexer.SkipSpace();
            if (lexer.IsAtEnd) break;
            if (properties.Count == MaxProperties || lexer.Word("=.") is not { Length: > 0 } type) return false;
            if (lexer.Skip('.'))
            {
                if (lexer.Word("=") is not { Length: > 0 } property || !lexer.Skip('=') || Value(ref lexer) is not { } value) return false;
                properties.Add(new MethodProperty(type.ToLowerInvariant(), property.ToLowerInvariant(), value));
            }
            else if (type.Equals("reason", StringComparison.OrdinalIgnoreCase) && lexer.Skip('=') && lexer.Word("") is { } text)
            {
                reason = text;
            }
            else
            {
                return false;
            }
        }

        method = new MethodResult(name.ToLowerInvariant(), result.ToLowerInvariant())
        {
            Reason = reason,
            Properties = properties.ToImmutable(),
        };
        return true;
    }

    // The local part of an address may be quoted.
    private static string? Value(ref ResultLexer lexer)
    {
        if (lexer.Word("") is not { } word) return null;
        return lexer.Next == '@' && !word.Contains('@', StringComparison.Ordinal) ? word + lexer.Word("") : word;
    }
}

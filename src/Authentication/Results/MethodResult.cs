using System.Collections.Immutable;

namespace Postfleet.Authentication.Results;

/// <summary>A property that says what a method looked at (RFC 8601 section 2.3), for example <c>header.d=example.org</c>.</summary>
/// <param name="Type">The part of the message or session: <c>smtp</c>, <c>header</c>, <c>body</c> or <c>policy</c>.</param>
/// <param name="Name">The property.</param>
/// <param name="Value">The value. Values that are no tokens or addresses are quoted when written.</param>
public readonly record struct MethodProperty(string Type, string Name, string Value);

/// <summary>The result of one method in an Authentication-Results field (RFC 8601 section 2.2).</summary>
/// <param name="Method">The method, for example <c>dkim</c>.</param>
/// <param name="Result">The result, for example <c>pass</c>.</param>
public sealed record MethodResult(string Method, string Result)
{
    /// <summary>A comment behind the result, without its parentheses; empty for none.</summary>
    public string Comment { get; init; } = "";

    /// <summary>The reason; empty for none.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The properties.</summary>
    public ImmutableArray<MethodProperty> Properties { get; init; } = [];
}

namespace Postfleet.Contracts.Queueing;

/// <summary>The names of the configured routes. Implemented by the module Delivery. Thread-safe.</summary>
public interface IRouteNames
{
    /// <summary>The longest name of a route.</summary>
    const int MaxLength = 40;

    /// <summary>The names in force on this node, in lower case; a reload changes them.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The canonical form of a name: 1 to 40 letters, digits, - and _, in lower case. Null if the text is no name.</summary>
    static string? Normalize(string text) =>
        text.Length is > 0 and <= MaxLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? text.ToLowerInvariant() : null;
}

namespace Postfleet.Configuration;

/// <summary>A key of the configuration.</summary>
/// <param name="Path">Its path, with <c>#</c> in place of a list's indexes: <c>Listeners:#:Endpoint</c>.</param>
/// <param name="Rule">The rule for its values.</param>
/// <param name="Example">An allowed value, different from the default.</param>
/// <param name="Meaning">The purpose of the key, in a single line.</param>
public sealed record ConfigurationKey(string Path, ValueRule Rule, string Example, string Meaning)
{
    /// <summary>The segment of a path in place of the index of a list.</summary>
    public const string Index = "#";

    /// <summary>Whether each element of the list must have the key.</summary>
    public bool Required { get; init; }

    /// <summary>The part of the value to hide.</summary>
    public SecretKind Secret { get; init; }

    /// <summary>
    /// Whether the file that the key names is read each time its content is needed. A reload then reports no change of the content.
    /// </summary>
    public bool IsFileFollowed { get; init; }

    /// <summary>Whether the value may be JSON's null, which is read as the text <c>null</c>.</summary>
    public bool IsNullable { get; init; }

    /// <summary>
    /// Whether the value of an element of a list may itself be written as a list in JSON; it is read as one text with commas between.
    /// </summary>
    public bool IsJoined { get; init; }

    /// <summary>Whether a reload applies a changed value; a change of other keys needs a restart.</summary>
    public bool IsReloaded { get; init; }

    /// <summary>The segments of the path.</summary>
    public IReadOnlyList<string> Segments { get; } = Path.Split(':');

    /// <summary>The path of the list around the key; null outside of lists.</summary>
    public string? List => Path.IndexOf(":#", StringComparison.Ordinal) is var at and > 0 ? Path[..at] : null;

    /// <summary>The name of the key in reports about changes: the list around it, or its path.</summary>
    public string ListOrPath => List ?? Path;

    /// <summary>Whether the key is a list of values, which can also be written as a single text with commas.</summary>
    public bool IsValueList => Segments[^1] == Index;
}

/// <summary>The part of a value to hide.</summary>
public enum SecretKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The whole value.</summary>
    Whole,

    /// <summary>The passwords in a connection string.</summary>
    ConnectionString,
}

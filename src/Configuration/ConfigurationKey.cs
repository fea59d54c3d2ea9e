namespace Postfleet.Configuration;

/// <summary>One key of the configuration.</summary>
/// <param name="Path">Its path, with <c>#</c> in place of a list's indexes: <c>Listeners:#:Endpoint</c>.</param>
/// <param name="Rule">What values it takes.</param>
/// <param name="Example">A value that it takes, other than the default where it has one.</param>
/// <param name="Meaning">What it is for, in one line.</param>
public sealed record ConfigurationKey(string Path, ValueRule Rule, string Example, string Meaning)
{
    /// <summary>What stands in a path for the index of a list.</summary>
    public const string Index = "#";

    /// <summary>Whether an element of its list must give it.</summary>
    public bool Required { get; init; }

    /// <summary>Whether its value must not be shown: in whole, or the parts that are passwords.</summary>
    public SecretKind Secret { get; init; }

    /// <summary>The parts of the path.</summary>
    public IReadOnlyList<string> Segments { get; } = Path.Split(':');

    /// <summary>The path of the list that it is in, or null.</summary>
    public string? List => Path.IndexOf(":#", StringComparison.Ordinal) is var at and > 0 ? Path[..at] : null;

    /// <summary>Whether it is itself a list of values, so that it can also be written as one text with commas.</summary>
    public bool IsValueList => Segments[^1] == Index;
}

/// <summary>What must be hidden of a value.</summary>
public enum SecretKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>All of it.</summary>
    Whole,

    /// <summary>The passwords in a connection string.</summary>
    ConnectionString,
}

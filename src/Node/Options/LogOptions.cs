namespace Postfleet.Node.Options;

/// <summary>The log on standard output.</summary>
public sealed record LogOptions
{
    /// <summary><c>text</c> or <c>json</c>.</summary>
    public string Format { get; init; } = "text";

    /// <summary>The least level that is written: <c>trace</c>, <c>debug</c>, <c>info</c>, <c>warn</c>, <c>error</c>.</summary>
    public string Level { get; init; } = "info";
}

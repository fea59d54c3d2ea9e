namespace Postfleet.Configuration;

/// <summary>A setting as a source gives it; its path may be unknown.</summary>
/// <param name="Path">The path as written in the source, with colons.</param>
/// <param name="Shape">The shape of the value.</param>
/// <param name="Text">The value; empty for shapes without a value.</param>
/// <param name="Origin">The origin for error lines: a file, <c>environment NAME</c> or <c>command line --KEY</c>.</param>
internal readonly record struct RawSetting(string Path, RawShape Shape, string Text, string Origin)
{
    public RawSetting(string path, string text, string origin) : this(path, RawShape.Value, text, origin)
    {
    }
}

/// <summary>The shape of the value at a path of a source. Only JSON has other shapes than values.</summary>
internal enum RawShape
{
    /// <summary>A value.</summary>
    Value,

    /// <summary>JSON's null.</summary>
    Null,

    /// <summary>An object without members.</summary>
    EmptyObject,

    /// <summary>A list without elements.</summary>
    EmptyList,
}

namespace Postfleet.Configuration;

/// <summary>The kind of a value. A key whose path ends in <c>:#</c> is a list of values of its kind.</summary>
public enum ValueKind
{
    /// <summary>Text of some form.</summary>
    Text,

    /// <summary>The path of a file to read, or empty. <c>check</c> reads the file too.</summary>
    FilePath,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A whole number with <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>.</summary>
    Duration,

    /// <summary>A whole number of bytes, or with <c>KB</c>, <c>MB</c>, <c>GB</c>.</summary>
    Size,

    /// <summary>A whole number with <c>/s</c>, <c>/m</c> or <c>/h</c>, or empty.</summary>
    Rate,

    /// <summary>A word of a short list.</summary>
    Choice,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,
}

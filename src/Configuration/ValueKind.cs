namespace Postfleet.Configuration;

/// <summary>How the value of a key is written. A key whose path ends in <c>:#</c> is a list of such values.</summary>
public enum ValueKind
{
    /// <summary>Text of some form.</summary>
    Text,

    /// <summary>The path of a file that is read, or empty. <c>check</c> reads it too.</summary>
    FilePath,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A whole number with <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>.</summary>
    Duration,

    /// <summary>A whole number of bytes, or with <c>KB</c>, <c>MB</c>, <c>GB</c>.</summary>
    Size,

    /// <summary>A whole number with <c>/s</c>, <c>/m</c> or <c>/h</c>, or empty.</summary>
    Rate,

    /// <summary>One of a few words.</summary>
    Choice,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,
}

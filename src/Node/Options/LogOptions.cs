namespace Postfleet.Node.Options;

/// <summary>The log on standard output.</summary>
public sealed record LogOptions
{
    /// <summary>The form of the lines.</summary>
    public LogFormat Format { get; init; } = LogFormat.Text;

    /// <summary>The lowest written level.</summary>
    public LogThreshold Level { get; init; } = LogThreshold.Info;
}

/// <summary>The form of log lines.</summary>
public enum LogFormat
{
    /// <summary>Text for people.</summary>
    Text,

    /// <summary>A JSON object per line.</summary>
    Json,
}

/// <summary>The lowest level of the written log lines.</summary>
public enum LogThreshold
{
    /// <summary>All lines.</summary>
    Trace,

    /// <summary>Lines for developers.</summary>
    Debug,

    /// <summary>Normal events.</summary>
    Info,

    /// <summary>Unusual events from which the program recovers.</summary>
    Warn,

    /// <summary>Faults only.</summary>
    Error,
}

namespace Postfleet.Testing;

/// <summary>A process to start, and the output lines to retain.</summary>
/// <param name="File">The program: a path, or a name that is looked up in PATH.</param>
/// <param name="Arguments">Its arguments, unquoted.</param>
public sealed record ProcessSpec(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>A short name for messages; the file's name when not given.</summary>
    public string Name { get; init; } = Path.GetFileName(File);

    /// <summary>The working folder; null for the folder of the test process.</summary>
    public string? Folder { get; init; }

    /// <summary>Environment variables in addition to the variables of the test process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The system user of the process; requires root.</summary>
    public string? User { get; init; }

    /// <summary>The signal that the kernel sends to the child at the end of the test process.</summary>
    public string DeathSignal { get; init; } = "KILL";

    /// <summary>The number of last lines to retain.</summary>
    public int LinesHeld { get; init; } = 2_000;

    /// <summary>Text for the end of the process's failure messages, for example the log lines of a cluster's other nodes.</summary>
    public Func<string>? Surroundings { get; init; }

    /// <summary>Selects lines to retain in addition to <see cref="LinesHeld"/>.</summary>
    public Func<string, bool>? Keep { get; init; }
}

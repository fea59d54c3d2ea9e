namespace Postfleet.Testing;

/// <summary>What to run, and what of its output to hold.</summary>
/// <param name="File">The program: a path, or a name that is looked up in PATH.</param>
/// <param name="Arguments">Its arguments, unquoted.</param>
public sealed record ProcessSpec(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>A short name for messages; the file's name when not given.</summary>
    public string Name { get; init; } = Path.GetFileName(File);

    /// <summary>The working folder; null for that of the test process.</summary>
    public string? Folder { get; init; }

    /// <summary>Variables to add to those of the test process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A system user to run as; only root can ask for one.</summary>
    public string? User { get; init; }

    /// <summary>The signal that the kernel sends the child when the test process ends, in whatever way.</summary>
    public string DeathSignal { get; init; } = "KILL";

    /// <summary>How many of the last lines of output are held.</summary>
    public int LinesHeld { get; init; } = 2_000;

    /// <summary>Lines that are held beyond <see cref="LinesHeld"/>, because a test reads them at its end.</summary>
    public Func<string, bool>? Keep { get; init; }
}

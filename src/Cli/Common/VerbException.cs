namespace Postfleet.Cli.Common;

/// <summary>A verb failed. The message is a line for the user.</summary>
internal sealed class VerbException(int code, string message) : Exception(message)
{
    /// <summary>The exit code: a constant of <see cref="ExitCode"/>.</summary>
    public int Code => code;

    // EPIPE of Linux.
    private const int BrokenPipe = 32;

    /// <summary>
    /// The failure for an output that cannot be written, such as a file on a full disk. The reader of a pipe that has ended, such as
    /// <c>head</c>, is told nothing.
    /// </summary>
    public static VerbException OfOutput(Exception fault) =>
        new(ExitCode.Failed, fault.HResult == BrokenPipe ? "" : $"cannot write the output: {fault.Message}");

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>Further lines for the user.</summary>
    public IReadOnlyList<string> More { get; init; } = [];
}

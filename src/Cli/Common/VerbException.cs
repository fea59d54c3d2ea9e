namespace Postfleet.Cli.Common;

/// <summary>A verb failed. The message is a line for the user.</summary>
internal sealed class VerbException(int code, string message) : Exception(message)
{
    /// <summary>The exit code: a constant of <see cref="ExitCode"/>.</summary>
    public int Code => code;

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>Further lines for the user.</summary>
    public IReadOnlyList<string> More { get; init; } = [];
}

namespace Postfleet.Cli.Common;

/// <summary>A verb cannot be done. The message is one line for the user.</summary>
internal sealed class VerbException(int code, string message) : Exception(message)
{
    /// <summary>The exit code, one of <see cref="ExitCode"/>.</summary>
    public int Code => code;
}

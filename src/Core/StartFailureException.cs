namespace Postfleet.Core;

/// <summary>
/// The program cannot start, for a reason its user can correct. The message is a single line with the key or the place, its value, and the
/// allowed values or the fault. Each module throws it where it finds the fault; the node prints the message and ends with code 2.
/// </summary>
public sealed class StartFailureException : Exception
{
    /// <summary>Exit code of a node after a start failure correctable by its user.</summary>
    public const int ExitCode = 2;

    /// <summary>Makes the exception.</summary>
    public StartFailureException()
    {
    }

    /// <summary>Makes the exception with its message.</summary>
    public StartFailureException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with its message and cause.</summary>
    public StartFailureException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

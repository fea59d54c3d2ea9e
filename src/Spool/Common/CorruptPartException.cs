using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>
/// The row of a part exists but cannot be read. Trying again does not help: a person has to repair the row. The message of the exception
/// names the part.
/// </summary>
public sealed class CorruptPartException : Exception
{
    /// <summary>Creates the exception.</summary>
    public CorruptPartException()
    {
    }

    /// <summary>Creates the exception with its message.</summary>
    public CorruptPartException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its message and cause.</summary>
    public CorruptPartException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>Creates the exception for a part.</summary>
    public CorruptPartException(PartId part, string fault, Exception? innerException = null)
        : this($"part {part} is corrupt in the spool: {fault}", innerException)
    {
    }
}

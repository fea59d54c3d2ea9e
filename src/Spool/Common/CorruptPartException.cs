using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>
/// A part's row exists, but its content cannot be read. Trying again does not help: a person has to look at it. The exception's message
/// names the part.
/// </summary>
public sealed class CorruptPartException : Exception
{
    /// <summary>Makes the exception.</summary>
    public CorruptPartException()
    {
    }

    /// <summary>Makes the exception with its message.</summary>
    public CorruptPartException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with its message and cause.</summary>
    public CorruptPartException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>Makes the exception for a part.</summary>
    public CorruptPartException(PartId part, string fault, Exception? innerException = null)
        : this($"part {part} is corrupt in the spool: {fault}", innerException) => Part = part;

    /// <summary>Which part.</summary>
    public PartId Part { get; }
}

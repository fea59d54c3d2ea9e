namespace Postfleet.Spool.Common;

/// <summary>The storage under the spool does not answer or refuses the operation; trying again later is right.</summary>
public sealed class SpoolUnavailableException : Exception
{
    /// <summary>Makes the exception.</summary>
    public SpoolUnavailableException()
    {
    }

    /// <summary>Makes the exception with its message.</summary>
    public SpoolUnavailableException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with its message and cause.</summary>
    public SpoolUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

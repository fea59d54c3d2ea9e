namespace Postfleet.Spool.Common;

/// <summary>The storage of the spool does not answer or refuses the operation; the caller tries again later.</summary>
public sealed class SpoolUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SpoolUnavailableException()
    {
    }

    /// <summary>Creates the exception with its message.</summary>
    public SpoolUnavailableException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its message and cause.</summary>
    public SpoolUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

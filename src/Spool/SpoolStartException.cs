namespace Postfleet.Spool;

/// <summary>The spool cannot start. The message is one line for the operator: what, where and why.</summary>
public sealed class SpoolStartException : Exception
{
    /// <summary>Makes the exception.</summary>
    public SpoolStartException()
    {
    }

    /// <summary>Makes the exception with its message.</summary>
    public SpoolStartException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with its message and cause.</summary>
    public SpoolStartException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

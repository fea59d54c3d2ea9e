namespace Postfleet.Contracts.Signing;

/// <summary>A required signature of a message of this node cannot be made at present. The maker of the message tries again.</summary>
public sealed class SigningUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SigningUnavailableException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The reason, for the log.</param>
    public SigningUnavailableException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The reason, for the log.</param>
    /// <param name="innerException">The cause.</param>
    public SigningUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

namespace Postfleet.Contracts.Signing;

/// <summary>A message of this node cannot be signed at present, and a signature is required. The maker of the message tries again.</summary>
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

namespace Postfleet.Contracts.Users;

/// <summary>
/// A user's data are not of the allowed form. The message names the key, the value and what is allowed; it shows no secret.
/// </summary>
public sealed class UserFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    public UserFormatException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The fault.</param>
    public UserFormatException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The fault.</param>
    /// <param name="innerException">The cause.</param>
    public UserFormatException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

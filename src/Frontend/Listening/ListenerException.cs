namespace Postfleet.Frontend.Listening;

/// <summary>A listener cannot be opened; the message is one line that names the endpoint and the reason.</summary>
public sealed class ListenerException : Exception
{
    /// <summary>Makes the exception.</summary>
    public ListenerException()
    {
    }

    /// <summary>Makes the exception with its message.</summary>
    public ListenerException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with its message and cause.</summary>
    public ListenerException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

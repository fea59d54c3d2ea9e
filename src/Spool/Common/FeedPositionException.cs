namespace Postfleet.Spool.Common;

/// <summary>A text is no position of the feed, or a position of another storage engine.</summary>
public sealed class FeedPositionException : Exception
{
    /// <summary>Makes the exception.</summary>
    public FeedPositionException() : base("not a position of the feed of events")
    {
    }

    /// <summary>Makes the exception with another message.</summary>
    public FeedPositionException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with another message and a cause.</summary>
    public FeedPositionException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

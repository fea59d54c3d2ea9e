namespace Postfleet.Spool.Common;

/// <summary>A search of the history was continued with an invalid cursor.</summary>
public sealed class HistoryCursorException : Exception
{
    /// <summary>Makes the exception.</summary>
    public HistoryCursorException() : this("not a cursor of the history")
    {
    }

    /// <summary>Makes the exception with its message.</summary>
    public HistoryCursorException(string message) : base(message)
    {
    }

    /// <summary>Makes the exception with its message and cause.</summary>
    public HistoryCursorException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}

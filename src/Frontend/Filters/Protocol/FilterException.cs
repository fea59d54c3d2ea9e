namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>How a filter failed.</summary>
internal enum FilterFault
{
    /// <summary>It cannot be reached.</summary>
    Unreachable,

    /// <summary>It did not answer in time.</summary>
    TimedOut,

    /// <summary>
    /// All connections to it were in use for the whole time, which is no fault of the filter: a sender may bring it about.
    /// </summary>
    Busy,

    /// <summary>It closed the connection.</summary>
    Closed,

    /// <summary>It answered with an HTTP status other than success.</summary>
    Status,

    /// <summary>There is no memory for its changes, which is no fault of the filter.</summary>
    NoMemory,

    /// <summary>It broke the rules of the protocol, or its bounds.</summary>
    Malformed,
}

/// <summary>A filter failed; what happens to the mail then is up to the configuration.</summary>
/// <param name="fault">How it failed.</param>
/// <param name="message">The cause for the log.</param>
/// <param name="inner">The cause of the cause.</param>
internal sealed class FilterException(FilterFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How the filter failed.</summary>
    public FilterFault Fault => fault;

    /// <summary>The filter broke the rules.</summary>
    public static FilterException Malformed(string message) => new(FilterFault.Malformed, message);
}

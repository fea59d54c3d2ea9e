namespace Postfleet.Testing;

/// <summary>A message that a server has taken with a 250 after DATA: from then on it may not be lost.</summary>
/// <param name="Id">Its Message-Id.</param>
/// <param name="Recipients">Its recipients.</param>
/// <param name="At">When the 250 came.</param>
/// <param name="Server">Which server gave it.</param>
/// <param name="Latency">From MAIL to the 250.</param>
public sealed record Acknowledgement(string Id, IReadOnlyList<string> Recipients, DateTimeOffset At, int Server, TimeSpan Latency);

/// <summary>How a server failed a client.</summary>
public enum SteadyFailureKind
{
    /// <summary>The connection could not be made; the message is tried elsewhere.</summary>
    Refused,

    /// <summary>421: the server is about to stop; the message is tried elsewhere.</summary>
    Closing,

    /// <summary>Another reply that was not positive; the message is tried elsewhere.</summary>
    Reply,

    /// <summary>The connection broke, or nothing came in time, before the message was given; it is tried elsewhere.</summary>
    Dropped,

    /// <summary>
    /// The connection broke, or nothing came in time, after the final dot: whether the message was taken is not known, and it is not sent
    /// again.
    /// </summary>
    InDoubt,
}

/// <summary>One failure.</summary>
/// <param name="At">When.</param>
/// <param name="Server">Which server.</param>
/// <param name="Kind">In what way.</param>
/// <param name="Detail">The reply, or the error.</param>
public sealed record SteadyFailure(DateTimeOffset At, int Server, SteadyFailureKind Kind, string Detail);

namespace Postfleet.Testing;

/// <summary>A message accepted with a 250 after DATA, which must not be lost from then on.</summary>
/// <param name="Id">Its Message-Id.</param>
/// <param name="Recipients">Its recipients.</param>
/// <param name="At">The time of the 250.</param>
/// <param name="Server">The index of the server.</param>
/// <param name="Latency">The time from MAIL to the 250.</param>
public sealed record Acknowledgement(string Id, IReadOnlyList<string> Recipients, DateTimeOffset At, int Server, TimeSpan Latency);

/// <summary>The kinds of failures of a server.</summary>
public enum LoadFailureKind
{
    /// <summary>The connection was refused; the message is sent to another server.</summary>
    Refused,

    /// <summary>421: the server stops; the message is sent to another server.</summary>
    Closing,

    /// <summary>Another negative reply; the message is sent to another server.</summary>
    Reply,

    /// <summary>The connection broke or timed out before the final dot; the message is sent to another server.</summary>
    Dropped,

    /// <summary>The connection broke or timed out after the final dot. The outcome is unknown, and the message is not sent again.</summary>
    InDoubt,
}

/// <summary>A failure of a server.</summary>
/// <param name="At">The time of the failure.</param>
/// <param name="Server">The index of the server.</param>
/// <param name="Kind">The kind of failure.</param>
/// <param name="Detail">The reply, or the error.</param>
public sealed record LoadFailure(DateTimeOffset At, int Server, LoadFailureKind Kind, string Detail);

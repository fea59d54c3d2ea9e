namespace Postfleet.Frontend.Session;

/// <summary>What the loop has to do beside writing the reply.</summary>
internal enum SessionEffect
{
    None,

    /// <summary>Have the machine's question answered, and resume it with the verdict. There is no reply yet.</summary>
    Ask,

    /// <summary>Read the message.</summary>
    ReadData,

    /// <summary>Read a chunk of the message.</summary>
    ReadChunk,

    /// <summary>Pass over a chunk that is refused.</summary>
    SkipChunk,

    /// <summary>Store the message, or discard it. There is no reply yet.</summary>
    Store,

    /// <summary>Start TLS once the reply is out.</summary>
    StartTls,

    /// <summary>End the session.</summary>
    Close,

    /// <summary>End the session without a word.</summary>
    Abandon,
}

/// <summary>A reply and what follows from it.</summary>
/// <param name="Reply">The reply with its CRLF; empty where there is none yet.</param>
/// <param name="Effect">What the loop has to do.</param>
/// <param name="IsError">Whether it refuses the command, which is an error of the client's.</param>
/// <param name="IsJunk">Whether the command does nothing.</param>
/// <param name="IsDeferred">Whether it puts the client off, which is no error of the client's.</param>
internal readonly record struct Answer(
    ReadOnlyMemory<byte> Reply, SessionEffect Effect = SessionEffect.None, bool IsError = false, bool IsJunk = false,
    bool IsDeferred = false)
{
    /// <summary>Puts the client off for want of memory.</summary>
    public static Answer NoRoom => new(Replies.InsufficientStorage, IsDeferred: true);

    public static Answer Error(ReadOnlyMemory<byte> reply) => new(reply, SessionEffect.None, true);
}

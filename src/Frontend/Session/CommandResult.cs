namespace Postfleet.Frontend.Session;

/// <summary>The work of the session's loop after a command, beside writing the reply.</summary>
internal enum SessionEffect
{
    None,

    /// <summary>Await the verdict on the machine's question and resume the machine with it. There is no reply yet.</summary>
    Ask,

    /// <summary>Read the content after DATA.</summary>
    ReadData,

    /// <summary>Read the chunk after BDAT.</summary>
    ReadChunk,

    /// <summary>Read and drop the chunk after a refused BDAT.</summary>
    SkipChunk,

    /// <summary>Store the message, or discard it. There is no reply yet.</summary>
    Store,

    /// <summary>Start TLS after the reply.</summary>
    StartTls,

    /// <summary>End the session after the reply.</summary>
    Close,

    /// <summary>End the session without a reply.</summary>
    Abandon,
}

/// <summary>The result of a command: the reply, and the work after it. The session's machine and its stages make it.</summary>
/// <param name="Reply">The reply with its CRLF; empty where there is no reply yet.</param>
/// <param name="Effect">The work of the session's loop.</param>
/// <param name="IsError">Whether the command is refused; the client's errors are limited.</param>
/// <param name="IsJunk">Whether the command has no effect on a message (NOOP, for example); the number of these commands is
/// limited.</param>
/// <param name="IsDeferred">Whether the command is deferred, which does not count as an error of the client.</param>
internal readonly record struct CommandResult(
    ReadOnlyMemory<byte> Reply, SessionEffect Effect = SessionEffect.None, bool IsError = false, bool IsJunk = false,
    bool IsDeferred = false)
{
    /// <summary>Defers the command, since there is no memory for it.</summary>
    public static CommandResult InsufficientStorage => new(Replies.InsufficientStorage, IsDeferred: true);

    /// <summary>Refuses the command.</summary>
    public static CommandResult Error(ReadOnlyMemory<byte> reply) => new(reply, SessionEffect.None, true);
}

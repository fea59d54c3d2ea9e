using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Smtp;

/// <summary>Why a channel can no longer be used.</summary>
internal enum ChannelFailureKind
{
    /// <summary>The peer closed or reset the connection.</summary>
    ConnectionLost,

    /// <summary>The peer exceeded a time limit.</summary>
    TimedOut,

    /// <summary>The peer violated the protocol.</summary>
    ProtocolError,

    /// <summary>This node gave the attempt up, because its time was over or its final dot was not allowed.</summary>
    Aborted,
}

/// <summary>Why a channel can no longer be used.</summary>
/// <param name="Kind">The kind of failure.</param>
/// <param name="Reply">The failure as a locally generated reply of class 4.</param>
internal sealed record ChannelFailure(ChannelFailureKind Kind, SmtpReply Reply);

/// <summary>The peer's reply to a command, or the failure that prevented a reply. Exactly one of both is set.</summary>
internal readonly record struct CommandReply(RawReply? Reply, ChannelFailure? Failure)
{
    /// <summary>The command or stage of the reply.</summary>
    public ReplyStage Stage { get; init; }

    /// <summary>Whether there is no reply, so that this node made the outcome.</summary>
    public bool IsLost => Reply is null;

    /// <summary>Whether the peer gave a reply of class 2.</summary>
    public bool IsPositive => Reply is { Code: >= 200 and < 300 };

    /// <summary>The reply as it is stored in an outcome.</summary>
    public SmtpReply Outcome => Failure?.Reply ?? Reply!.ToReply(Stage);
}

using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Smtp;

/// <summary>Why a channel is of no more use.</summary>
internal enum FailureKind
{
    /// <summary>The peer has gone.</summary>
    Lost,

    /// <summary>The peer took too long.</summary>
    TimedOut,

    /// <summary>The peer says what is no SMTP.</summary>
    Nonsense,

    /// <summary>We have ended it ourselves: the caller's time is over.</summary>
    Withheld,
}

/// <summary>Why a channel is of no more use.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Reply">The same as a reply of class 4 that is our own.</param>
internal sealed record ChannelFailure(FailureKind Kind, SmtpReply Reply);

/// <summary>A reply of the peer, or why there is none: one of the two.</summary>
internal readonly record struct Answer(RawReply? Reply, ChannelFailure? Failure)
{
    /// <summary>What was answered.</summary>
    public ReplyStage Stage { get; init; }

    public bool IsLost => Reply is null;

    /// <summary>Whether the answer is our own.</summary>
    public bool IsOwn => Failure is not null;

    /// <summary>The reply as an outcome keeps it.</summary>
    public SmtpReply Outcome => Failure?.Reply ?? Reply!.ToReply(Stage);
}

using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Serialization;

/// <summary>
/// The enumerations. An unknown value is refused: a guess could settle an unfinished message. For the formats of all modules.
/// </summary>
public static class EnumMapping
{
    internal static Wire.TargetKind ToWire(TargetKind kind) => kind switch
    {
        TargetKind.Mx => Wire.TargetKind.Mx,
        TargetKind.Smarthost => Wire.TargetKind.Smarthost,
        TargetKind.Capture => Wire.TargetKind.Capture,
        TargetKind.Discard => Wire.TargetKind.Discard,
        TargetKind.Reject => Wire.TargetKind.Reject,
        _ => throw Unknown(kind),
    };

    internal static TargetKind FromWire(Wire.TargetKind kind) => kind switch
    {
        Wire.TargetKind.Mx => TargetKind.Mx,
        Wire.TargetKind.Smarthost => TargetKind.Smarthost,
        Wire.TargetKind.Capture => TargetKind.Capture,
        Wire.TargetKind.Discard => TargetKind.Discard,
        Wire.TargetKind.Reject => TargetKind.Reject,
        _ => throw Unknown(kind),
    };

    internal static Wire.Disposition ToWire(Disposition disposition) => disposition switch
    {
        Disposition.Delivered => Wire.Disposition.Delivered,
        Disposition.Deferred => Wire.Disposition.Deferred,
        Disposition.Failed => Wire.Disposition.Failed,
        _ => throw Unknown(disposition),
    };

    internal static Disposition FromWire(Wire.Disposition disposition) => disposition switch
    {
        Wire.Disposition.Delivered => Disposition.Delivered,
        Wire.Disposition.Deferred => Disposition.Deferred,
        Wire.Disposition.Failed => Disposition.Failed,
        _ => throw Unknown(disposition),
    };

    internal static Wire.SuccessReport ToWire(SuccessReport report) => report switch
    {
        SuccessReport.None => Wire.SuccessReport.None,
        SuccessReport.Relayed => Wire.SuccessReport.Relayed,
        SuccessReport.Delivered => Wire.SuccessReport.Delivered,
        SuccessReport.Expanded => Wire.SuccessReport.Expanded,
        _ => throw Unknown(report),
    };

    internal static SuccessReport FromWire(Wire.SuccessReport report) => report switch
    {
        Wire.SuccessReport.None => SuccessReport.None,
        Wire.SuccessReport.Relayed => SuccessReport.Relayed,
        Wire.SuccessReport.Delivered => SuccessReport.Delivered,
        Wire.SuccessReport.Expanded => SuccessReport.Expanded,
        _ => throw Unknown(report),
    };

    internal static Wire.ReplyStage ToWire(ReplyStage stage) => stage switch
    {
        ReplyStage.Unknown => Wire.ReplyStage.Unknown,
        ReplyStage.Mail => Wire.ReplyStage.Mail,
        ReplyStage.Recipient => Wire.ReplyStage.Recipient,
        ReplyStage.Data => Wire.ReplyStage.Data,
        ReplyStage.Content => Wire.ReplyStage.Content,
        ReplyStage.EndOfData => Wire.ReplyStage.EndOfData,
        ReplyStage.Greeting => Wire.ReplyStage.Greeting,
        ReplyStage.Hello => Wire.ReplyStage.Hello,
        _ => throw Unknown(stage),
    };

    /// <summary>Reads a stage. Unknown values are accepted, because a stage is only shown to people.</summary>
    internal static ReplyStage FromWire(Wire.ReplyStage stage) => stage switch
    {
        Wire.ReplyStage.Mail => ReplyStage.Mail,
        Wire.ReplyStage.Recipient => ReplyStage.Recipient,
        Wire.ReplyStage.Data => ReplyStage.Data,
        Wire.ReplyStage.Content => ReplyStage.Content,
        Wire.ReplyStage.EndOfData => ReplyStage.EndOfData,
        Wire.ReplyStage.Greeting => ReplyStage.Greeting,
        Wire.ReplyStage.Hello => ReplyStage.Hello,
        _ => ReplyStage.Unknown,
    };

    /// <summary>Writes the result of an attempt.</summary>
    public static Wire.AttemptResult ToWire(AttemptResult end) => end switch
    {
        AttemptResult.Attempted => Wire.AttemptResult.Attempted,
        AttemptResult.PartGone => Wire.AttemptResult.PartGone,
        AttemptResult.NotAttempted => Wire.AttemptResult.NotAttempted,
        AttemptResult.Crashed => Wire.AttemptResult.Crashed,
        _ => throw Unknown(end),
    };

    /// <summary>Reads the result of an attempt.</summary>
    /// <exception cref="NewerFormatException">The value is unknown.</exception>
    public static AttemptResult FromWire(Wire.AttemptResult end) => end switch
    {
        Wire.AttemptResult.Attempted => AttemptResult.Attempted,
        Wire.AttemptResult.PartGone => AttemptResult.PartGone,
        Wire.AttemptResult.NotAttempted => AttemptResult.NotAttempted,
        Wire.AttemptResult.Crashed => AttemptResult.Crashed,
        _ => throw Unknown(end),
    };

    /// <summary>An action that this program knows.</summary>
    /// <exception cref="NewerFormatException">The value is unknown.</exception>
    public static MessageAction Known(MessageAction action) => Enum.IsDefined(action) ? action : throw Unknown(action);

    /// <summary>A cause that this program knows.</summary>
    /// <exception cref="NewerFormatException">The value is unknown.</exception>
    public static ReportCause Known(ReportCause cause) => Enum.IsDefined(cause) ? cause : throw Unknown(cause);

    internal static WaitingState Known(WaitingState state) => Enum.IsDefined(state) ? state : throw Unknown(state);

    internal static ConnectionPhase Known(ConnectionPhase phase) => Enum.IsDefined(phase) ? phase : throw Unknown(phase);

    private static NewerFormatException Unknown<T>(T value) where T : struct, Enum => new($"unknown {typeof(T).Name} {value}");
}

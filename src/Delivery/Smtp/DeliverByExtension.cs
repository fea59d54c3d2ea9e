using System.Globalization;
using Postfleet.Core.Mail;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// The sending side of RFC 2852. A host that offers DELIVERBY gets the time that is left. Other hosts get no message that must be returned
/// in time, and the sender is told when they get another one. Pure.
/// </summary>
internal static class DeliverByExtension
{
    private static readonly SmtpReply NotOffered = new(
        554, new EnhancedStatus(5, 3, 3), "the sender set a time for the delivery and the remote host does not offer DELIVERBY");

    private static readonly SmtpReply TooShort = new(
        554, new EnhancedStatus(5, 4, 7), "the remote host needs more time than the sender allowed for the delivery");

    /// <summary>The reply about a message that must not be tried any more.</summary>
    public static readonly SmtpReply TimeOver = new(
        554, new EnhancedStatus(5, 4, 7), "the time that the sender allowed for the delivery is over");

    /// <summary>The time for the other methods. The clock is read only for a message with a time for the delivery.</summary>
    public static DateTimeOffset Now(SpooledPart part, TimeProvider time) =>
        part.Message.DeliverBy is null ? default : time.GetUtcNow();

    /// <summary>Whether no attempt at a message may begin any more.</summary>
    public static bool IsOver(SpooledPart part, DateTimeOffset now) =>
        part.Message.DeliverBy is { Mode: DeliverByMode.Return } by && by.At(part.AcceptedAt) <= now;

    /// <summary>The reason why the host cannot receive the message (section 4.1.4.1); null if it can. An LMTP server delivers.</summary>
    public static SmtpReply? Refuse(SpooledPart part, SessionFacts session, DateTimeOffset now)
    {
        if (part.Message.DeliverBy is not { Mode: DeliverByMode.Return } by) return null;
        var left = SecondsLeft(by, part, now);
        if (left <= 0) return TimeOver;
        if (session.Capabilities.HasDeliverBy) return left < session.Capabilities.MinDeliverBy ? TooShort : null;
        return session.IsLmtp ? null : NotOffered;
    }

    /// <summary>The parameter of MAIL with a space before it; empty without a request, and for a host without the extension.</summary>
    public static string Mail(SpooledPart part, SessionFacts session, DateTimeOffset now)
    {
        if (part.Message.DeliverBy is not { } by || !session.Capabilities.HasDeliverBy) return "";
        var mode = by.Mode == DeliverByMode.Return ? "R" : "N";
        return string.Create(CultureInfo.InvariantCulture, $" BY={SecondsLeft(by, part, now)};{mode}{(by.IsTraced ? "T" : "")}");
    }

    /// <summary>The sender is told when the host takes the message over (sections 4.1.4 and 4.1.4.2).</summary>
    public static bool IsRelayReported(SpooledPart part, SessionFacts session, DateTimeOffset now) =>
        !session.IsLmtp && part.Message.DeliverBy is { } by && (by.IsTraced || WatchesOver(by, part, session, now));

    /// <summary>The reports that the host is asked for: also delays, of which this node will not know (section 4.1.4.2).</summary>
    public static DsnRequest Request(DsnRequest request, SpooledPart part, SessionFacts session, DateTimeOffset now)
    {
        if (part.Message.DeliverBy is not { } by || !WatchesOver(by, part, session, now) || request.Notify == NotifyOn.Never)
            return request;
        var notify = request.Notify == NotifyOn.Unspecified ? NotifyOn.Failure : request.Notify;
        return request with { Notify = notify | NotifyOn.Delay };
    }

    private static bool WatchesOver(DeliverByRequest by, SpooledPart part, SessionFacts session, DateTimeOffset now) =>
        by.Mode == DeliverByMode.Notify && !session.Capabilities.HasDeliverBy && now < by.At(part.AcceptedAt);

    // Rounded down, so that no hop adds time.
    private static long SecondsLeft(DeliverByRequest by, SpooledPart part, DateTimeOffset now) =>
        (long)Math.Clamp(
            Math.Floor((by.At(part.AcceptedAt) - now).TotalSeconds), -DeliverByRequest.MaxSeconds, DeliverByRequest.MaxSeconds);
}

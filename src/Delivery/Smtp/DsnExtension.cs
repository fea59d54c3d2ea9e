using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// The sending side of RFC 3461. A peer that offers DSN receives the parameters of the client unchanged, and issues the reports from then
/// on (section 5.2.1). A peer without DSN receives no parameters, and this node reports success to senders who asked for it (section
/// 5.2.2).
/// </summary>
internal static class DsnExtension
{
    /// <summary>The parameters of MAIL, each preceded by a space; empty if the client gave none.</summary>
    public static string Mail(MessageEnvelope envelope)
    {
        var content = envelope.Return switch
        {
            ReturnContent.Headers => " RET=HDRS",
            ReturnContent.Full => " RET=FULL",
            _ => "",
        };
        return envelope.EnvelopeId.Length > 0 ? $"{content} ENVID={envelope.EnvelopeId}" : content;
    }

    /// <summary>
    /// The parameters of RCPT, each preceded by a space; empty if the client gave none, since a relay must not add any (section 5.2.1).
    /// </summary>
    public static string Rcpt(DsnRequest request)
    {
        if (request == DsnRequest.None) return "";
        var keywords = Keywords(request.Notify);
        var notify = keywords.Length > 0 ? $" NOTIFY={keywords}" : "";
        return request.OriginalRecipient.Length > 0 ? $"{notify} ORCPT={request.OriginalRecipient}" : notify;
    }

    /// <summary>Splits an outcome into the recipients whose sender is owed a success report and all other recipients.</summary>
    /// <param name="outcome">The outcome of one or more recipients.</param>
    /// <param name="part">The part of the recipients.</param>
    /// <param name="report">The kind of success report; none if the peer took over the reporting.</param>
    /// <param name="isOwedToAll">Whether a report is owed without a request, too (RFC 2852); but not against a request.</param>
    public static IEnumerable<RecipientOutcome> WithReports(
        RecipientOutcome outcome, PartEnvelope part, SuccessReport report, bool isOwedToAll = false)
    {
        if (outcome.Disposition != Disposition.Delivered || report == SuccessReport.None) return [outcome];
        if (part.Requests.Count == 0 && !isOwedToAll) return [outcome];
        var owed = RecipientSet.Of(outcome.Recipients.Indexes().Where(index =>
            isOwedToAll ? part.RequestOf(index).Notify != NotifyOn.Never : part.RequestOf(index).Wants(NotifyOn.Success)));
        if (owed.IsEmpty) return [outcome];
        var told = outcome with { Recipients = owed, Success = report };
        var others = outcome.Recipients.Except(owed);
        return others.IsEmpty ? [told] : [outcome with { Recipients = others }, told];
    }

    private static string Keywords(NotifyOn notify)
    {
        if (notify == NotifyOn.Unspecified) return "";
        if (notify == NotifyOn.Never) return "NEVER";
        var keywords = new List<string>(3);
        if (notify.HasFlag(NotifyOn.Success)) keywords.Add("SUCCESS");
        if (notify.HasFlag(NotifyOn.Failure)) keywords.Add("FAILURE");
        if (notify.HasFlag(NotifyOn.Delay)) keywords.Add("DELAY");
        return string.Join(',', keywords);
    }
}

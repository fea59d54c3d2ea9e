using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// What RFC 3461 asks of the sending side. A peer that offers DSN is given what the client asked of us, as it came, and reports from there
/// on (section
/// 5.2.1). One that does not is given nothing, and the sender who wants to hear of successes hears from us (section 5.2.2).
/// </summary>
internal static class DsnExtension
{
    /// <summary>The parameters of MAIL, each with a space before it; empty when nothing was asked.</summary>
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
    /// The parameters of RCPT, each with a space before it; empty when nothing was asked: then nothing may be said (section 5.2.1).
    /// </summary>
    public static string Rcpt(DsnRequest request)
    {
        if (request == DsnRequest.None) return "";
        var keywords = Keywords(request.Notify);
        var notify = keywords.Length > 0 ? $" NOTIFY={keywords}" : "";
        return request.OriginalRecipient.Length > 0 ? $"{notify} ORCPT={request.OriginalRecipient}" : notify;
    }

    /// <summary>An outcome as it is, or in two where the senders of some of its recipients are owed a report of success.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="part">The part whose recipients it is about.</param>
    /// <param name="report">What there is to report when they were delivered to; none where the peer has taken that over.</param>
    public static IEnumerable<RecipientOutcome> WithReports(RecipientOutcome outcome, PartEnvelope part, SuccessReport report)
    {
        if (outcome.Disposition != Disposition.Delivered || report == SuccessReport.None || part.Requests.Count == 0) return [outcome];
        var owed = RecipientSet.Of(outcome.Recipients.Indexes().Where(index => part.RequestOf(index).Wants(NotifyOn.Success)));
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

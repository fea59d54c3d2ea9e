using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Destinations;

/// <summary>Replaces a connection where mail leaves over no network: it is captured, discarded or rejected.</summary>
internal sealed class LocalConnection(TargetKind kind, ICaptureStore captured, TimeProvider time) : ISiteConnection
{
    private static readonly SmtpReply Captured = new(250, new EnhancedStatus(2, 0, 0), "captured");
    private static readonly SmtpReply Discarded = new(250, new EnhancedStatus(2, 0, 0), "discarded");
    private static readonly SmtpReply Rejected = new(550, new EnhancedStatus(5, 7, 1), "mail to this domain is rejected by configuration");
    private static readonly SmtpReply Unavailable = new(451, new EnhancedStatus(4, 3, 0), "the captured mail cannot be stored now");

    public string RemoteHost => "";

    public string Tls => "none";

    public AttemptDetails Details => AttemptDetails.Local;

    public bool IsUsable => true;

    public int Messages => 0;

    public async ValueTask<SendResult> SendAsync(SpooledPart part, RecipientSet open, FinalDotGuard guard, bool isNameProven = false)
    {
        // Storing the capture is the final dot of this connection: it is not cancelled once it has begun.
        if (!guard.IsOpen) return SendResult.Aborted(0);
        switch (kind)
        {
            case TargetKind.Discard: return Result(part, open, Disposition.Delivered, Discarded);
            case TargetKind.Reject: return Result(part, open, Disposition.Failed, Rejected);
        }

        try
        {
            var recipients = open.Indexes().Where(index => index < part.Part.Recipients.Count).Select(index => part.Part.Recipients[index]);
            await captured.CaptureAsync(part, [.. recipients], time.GetUtcNow(), CancellationToken.None);
            return Result(part, open, Disposition.Delivered, Captured);
        }
        catch (SpoolUnavailableException)
        {
            return Result(part, open, Disposition.Deferred, Unavailable);
        }
    }

    public ValueTask QuitAsync() => default;

    public ValueTask DisposeAsync() => default;

    // Delivery ends here, so no other system can send a requested success report (RFC 3461).
    private SendResult Result(SpooledPart part, RecipientSet open, Disposition disposition, SmtpReply reply) => SendResult.Attempted(
        [.. DsnExtension.WithReports(new RecipientOutcome(open, disposition, reply, RemoteHost), part.Part, SuccessReport.Delivered)], 0);
}

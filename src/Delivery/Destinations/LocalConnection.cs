using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool;

namespace Postfleet.Delivery.Destinations;

/// <summary>What stands in for a connection where mail goes nowhere over a network: to the captured mail, to nothing, or back.</summary>
internal sealed class LocalConnection(TargetKind kind, ICaptureStore captured, TimeProvider time) : ISiteConnection
{
    private static readonly SmtpReply Captured = new(250, new EnhancedStatus(2, 0, 0), "captured");
    private static readonly SmtpReply Discarded = new(250, new EnhancedStatus(2, 0, 0), "discarded");
    private static readonly SmtpReply Rejected = new(550, new EnhancedStatus(5, 7, 1), "mail to this domain is rejected by configuration");
    private static readonly SmtpReply Unavailable = new(451, new EnhancedStatus(4, 3, 0), "the captured mail cannot be stored now");

    public string RemoteHost => "";

    public string Tls => "none";

    public bool IsUsable => true;

    public int Messages => 0;

    public async ValueTask<SendResult> SendAsync(SpooledPart part, RecipientSet open, FinalDotGuard guard)
    {
        // Storing the capture is the final dot of this connection: not cancelled once it has begun.
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

    // The way of a message ends here, so nobody else can report that it has arrived.
    private SendResult Result(SpooledPart part, RecipientSet open, Disposition disposition, SmtpReply reply) => SendResult.Attempted(
        [.. DsnExtension.WithReports(new RecipientOutcome(open, disposition, reply, RemoteHost), part.Part, SuccessReport.Delivered)], 0);
}

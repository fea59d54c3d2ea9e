using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>Stores the message of a part in the capture store.</summary>
internal sealed class CaptureOperation(SpooledPart part, IReadOnlyList<string> recipients, DateTimeOffset capturedAt, string subject)
    : WriteOperation<bool>(part.Id.Message, part.Content.Length)
{
    public PartId Part => part.Id;

    public string ReversePath => part.Message.ReversePath?.Address ?? "";

    public IReadOnlyList<string> Recipients => recipients;

    public DateTimeOffset CapturedAt => capturedAt;

    public string Subject => subject;

    public MessageContent Content => part.Content;

    /// <inheritdoc/>
    public override void Complete() => Succeed(true);
}

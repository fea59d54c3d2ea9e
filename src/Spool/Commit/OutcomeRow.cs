using Google.Protobuf;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Commit;

/// <summary>A row of history: the outcome of an event for a recipient. The key is the part, the number and the recipient.</summary>
/// <param name="Part">The part.</param>
/// <param name="Number">The number of the event: it is never used twice for a part.</param>
/// <param name="Recipient">The index of the recipient in the part.</param>
/// <param name="Address">The address of the recipient; null where the part's row is damaged.</param>
/// <param name="Cause">The kind of the event.</param>
/// <param name="At">When the event happened.</param>
/// <param name="Disposition">The recipient's disposition after the event.</param>
/// <param name="Reply">The deciding reply.</param>
/// <param name="RemoteHost">The host of the reply; empty for a reply of this system.</param>
internal sealed record OutcomeRow(
    PartId Part, int Number, int Recipient, string? Address, ReportCause Cause, DateTimeOffset At, Disposition Disposition, SmtpReply Reply,
    string RemoteHost)
{
    /// <summary>Adds the rows of an event, with the addresses of the part's envelope.</summary>
    /// <param name="rows">The rows are added here.</param>
    /// <param name="part">The part.</param>
    /// <param name="number">The number of the event.</param>
    /// <param name="outcomes">The outcomes.</param>
    /// <param name="envelope">The envelope in the part's row. A damaged envelope must not prevent the settlement.</param>
    public static void Add(List<OutcomeRow> rows, PartId part, int number, PartOutcomes outcomes, ReadOnlySpan<byte> envelope)
    {
        var recipients = Decode(envelope);
        foreach (var outcome in outcomes.Recipients)
        {
            foreach (var index in outcome.Recipients.Indexes())
            {
                rows.Add(new OutcomeRow(
                    part, number, index, index < recipients.Count ? recipients[index].Address : null, outcomes.Cause, outcomes.At,
                    outcome.Disposition, outcome.Reply, outcome.RemoteHost));
            }
        }
    }

    private static IReadOnlyList<Mailbox> Decode(ReadOnlySpan<byte> envelope)
    {
        try
        {
            return EnvelopeCodec.DecodePart(envelope).Recipients;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or FormatException)
        {
            return [];
        }
    }
}

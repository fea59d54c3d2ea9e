using Google.Protobuf;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Storage;

/// <summary>A row with a note about a message, as an engine read it.</summary>
internal readonly record struct NoteRow(long Id, byte[] Content);

/// <summary>
/// The rows with the notes about a message and the message's own row, as an engine read them. Null stands for a missing value.
/// </summary>
internal sealed record ReportRows(DateTimeOffset? AcceptedAt, byte[]? Envelope, byte[]? Content, IReadOnlyList<NoteRow> Notes)
{
    /// <exception cref="CorruptPartException">The rows do not make up a report.</exception>
    public PendingReport Decode(MessageId message)
    {
        if (Envelope is null || Content is null || AcceptedAt is not { } acceptedAt)
            throw Corrupt(message, "the message's row is missing");
        try
        {
            return new PendingReport(
                message, acceptedAt, EnvelopeCodec.DecodeMessage(Envelope), new MessageContent(Content),
                [.. Notes.Select(row => NotedReportCodec.Decode(row.Content))],
                [.. Notes.Select(row => row.Id)]);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or FormatException or ArgumentException)
        {
            throw Corrupt(message, e.Message, e);
        }
    }

    private static CorruptPartException Corrupt(MessageId message, string fault, Exception? cause = null) =>
        new($"the notes for a report about message {message} are corrupt in the spool: {fault}", cause);
}

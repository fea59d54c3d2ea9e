using Google.Protobuf;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage.Wire;

namespace Postfleet.Spool.Storage;

/// <summary>Encodes and decodes the notes for reports in their rows.</summary>
internal static class NotedReportCodec
{
    public static byte[] Encode(NotedReport report)
    {
        var stored = new StoredNote { Queue = report.Queue.Value, Cause = (int)report.Cause, At = StoredTime.ToMicroseconds(report.At) };
        if (report.RetriedUntil is { } until) stored.RetriedUntil = StoredTime.ToMicroseconds(until);
        foreach (var outcome in report.Outcomes)
        {
            var item = new StoredNotedOutcome
            {
                Disposition = (int)outcome.Disposition,
                Success = (int)outcome.Success,
                Code = outcome.Reply.Code,
                Status = StoredReply.StatusOf(outcome.Reply),
                Text = outcome.Reply.Text,
                Stage = (int)outcome.Reply.Stage,
                RemoteHost = outcome.RemoteHost,
            };
            foreach (var recipient in outcome.Recipients)
                item.Recipients.Add(
                    new StoredNotedRecipient { Address = recipient.Address.Address, OriginalRecipient = recipient.OriginalRecipient });
            stored.Outcomes.Add(item);
        }

        return stored.ToByteArray();
    }

    /// <exception cref="InvalidProtocolBufferException">The bytes are not of this form.</exception>
    /// <exception cref="FormatException">A field has an invalid value.</exception>
    /// <exception cref="ArgumentException">A status code has an invalid value.</exception>
    public static NotedReport Decode(ReadOnlySpan<byte> bytes)
    {
        var stored = StoredNote.Parser.ParseFrom(bytes);
        if (stored.Outcomes.Count == 0 || stored.Outcomes.Any(outcome => outcome.Recipients.Count == 0))
            throw new FormatException("no recipient");
        if (!QueueKey.TryParse(stored.Queue, out var queue)) throw new FormatException($"no queue '{stored.Queue}'");
        return new NotedReport(
            queue, Known<ReportCause>(stored.Cause), Time(stored.At), stored.HasRetriedUntil ? Time(stored.RetriedUntil) : null,
            [.. stored.Outcomes.Select(Decode)]);
    }

    private static NotedOutcome Decode(StoredNotedOutcome stored)
    {
        return new NotedOutcome(
            [.. stored.Recipients.Select(recipient => new NotedRecipient(Mailbox.Parse(recipient.Address), recipient.OriginalRecipient))],
            Known<Disposition>(stored.Disposition), Known<SuccessReport>(stored.Success),
            StoredReply.Read(stored.Code, stored.Status, stored.Text, stored.Stage),
            stored.RemoteHost);
    }

    private static T Known<T>(int value) where T : struct, Enum =>
        Enum.IsDefined(typeof(T), value) ? (T)Enum.ToObject(typeof(T), value) : throw new FormatException($"no {typeof(T).Name} {value}");

    private static DateTimeOffset Time(long microseconds) =>
        StoredTime.TryFromMicroseconds(microseconds) ?? throw new FormatException($"no time {microseconds}");
}

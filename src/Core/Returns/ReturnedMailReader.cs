using System.Buffers;

namespace Postfleet.Core.Returns;

/// <summary>Reads messages that came back. Pure; called by the verb <c>inspect</c>.</summary>
public static class ReturnedMailReader
{
    /// <summary>The octets of a message that are read; what follows is ignored.</summary>
    public const int MaxOctets = 256 * 1024;

    /// <summary>
    /// Reads a message; null if it is no report, for example an automatic answer or usual mail. Never throws. The time is linear in the
    /// octets that are read, and memory is a small multiple of them.
    /// </summary>
    /// <param name="content">Header and body, with any line ends.</param>
    public static ReturnedMail? Read(in ReadOnlySequence<byte> content)
    {
        var message = ReportText.Read(content.Length > MaxOctets ? content.Slice(0, MaxOctets) : content);
        var header = ReportFields.Read(message, out var body);
        var parts = ReportParts.Read(header, body);
        return Complaints.TryRead(header, parts) ?? DeliveryReports.TryRead(header, parts);
    }
}

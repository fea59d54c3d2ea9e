using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json;

namespace Postfleet.Authentication.Dmarc.Reports;

/// <summary>
/// The octets of a row that is counted: JSON of the policy record and of everything in the row but the count. Equal rows have equal octets.
/// The format is stored: names are never used again for something else.
/// </summary>
public static class DmarcRowCodec
{
    // Names of domains and selectors come from strangers, and so does the record, of which each row has a copy. A larger row is not
    // counted.
    private const int MaxOctets = 4 * 1024;

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingDefault,
    };

    /// <summary>Writes a row.</summary>
    /// <param name="record">The policy record.</param>
    /// <param name="row">The row.</param>
    /// <returns>The octets; null if there are more than 4 KiB.</returns>
    public static byte[]? Write(DmarcRecord record, DmarcReportRow row)
    {
        var octets = JsonSerializer.SerializeToUtf8Bytes(
            new Row(
                record.Text, row.Source.ToString(), row.Disposition, row.HeaderFrom, row.IsDkimAligned, row.IsSpfAligned, row.Override,
                row.OverrideComment, row.EnvelopeFrom, row.EnvelopeTo, row.Signatures.IsEmpty ? null : [.. row.Signatures], row.Spf),
            Json);
        return octets.Length > MaxOctets ? null : octets;
    }

    /// <summary>Reads a row.</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="count">The number of messages.</param>
    /// <param name="record">The policy record.</param>
    /// <param name="row">The row.</param>
    /// <returns>False if the octets are no row, or the record is none.</returns>
    public static bool TryRead(
        ReadOnlySpan<byte> octets, long count, [NotNullWhen(true)] out DmarcRecord? record, [NotNullWhen(true)] out DmarcReportRow? row)
    {
        (record, row) = (null, null);
        Row? read;
        try
        {
            read = JsonSerializer.Deserialize<Row>(octets, Json);
        }
        catch (JsonException)
        {
            return false;
        }

        if (read?.Record is null || read.From is null || count < 1 || !IPAddress.TryParse(read.Source, out var source)) return false;
        if (DmarcRecord.Parse(read.Record) is not { } policy) return false;
        record = policy;
        row = new DmarcReportRow(source, count, read.Disposition, read.From)
        {
            IsDkimAligned = read.Dkim,
            IsSpfAligned = read.Spf,
            Override = read.Override,
            OverrideComment = read.Comment,
            EnvelopeFrom = read.EnvelopeFrom,
            EnvelopeTo = read.EnvelopeTo,
            Signatures = read.Signatures is null ? [] : ImmutableArray.Create(read.Signatures),
            Spf = read.SpfResult,
        };
        return true;
    }

    private sealed record Row(
        string? Record, string? Source, DmarcDisposition Disposition, string? From, bool Dkim, bool Spf, string? Override, string? Comment,
        string? EnvelopeFrom, string? EnvelopeTo, DmarcReportSignature[]? Signatures, DmarcReportSpf? SpfResult);
}

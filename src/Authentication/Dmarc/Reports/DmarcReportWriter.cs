using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Xml;
using Postfleet.Authentication.Spf;

namespace Postfleet.Authentication.Dmarc.Reports;

/// <summary>Writes aggregate reports as XML (RFC 9990, its schema in appendix A).</summary>
public static class DmarcReportWriter
{
    private const string Begin = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n";
    private const string End = "</feedback>\n";
    private const int MaxText = 1000;

    private static readonly string[] DkimResults = ["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"];
    private static readonly string[] SpfResults = [.. DkimResults, "softfail"];

    private static readonly XmlWriterSettings Settings =
        new() { ConformanceLevel = ConformanceLevel.Fragment, Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true };

    /// <summary>Writes a report. Rows with more messages come first.</summary>
    /// <param name="report">The report.</param>
    /// <param name="maxOctets">The maximum size of the XML in octets; rows that do not fit are left out, but not the first.</param>
    /// <exception cref="ArgumentException">The report has no row.</exception>
    public static DmarcReportDocument Write(DmarcReport report, int maxOctets)
    {
        if (report.Rows.Count == 0) throw new ArgumentException("a report has at least one row", nameof(report));
        var text = new StringBuilder(Begin);
        text.Append(Fragment(xml => xml.WriteElementString("version", "1.0"))).Append(Fragment(xml => WriteMetadata(xml, report)))
            .Append(Fragment(xml => WritePolicy(xml, report)));
        var written = 0;
        foreach (var row in report.Rows.OrderByDescending(row => row.Count).ThenBy(row => row.Source.ToString(), StringComparer.Ordinal))
        {
            // The text is ASCII: an octet each.
            var fragment = Fragment(xml => WriteRow(xml, row));
            if (written > 0 && text.Length + fragment.Length + End.Length > maxOctets) break;
            text.Append(fragment);
            written++;
        }

        return new DmarcReportDocument(Encoding.ASCII.GetBytes(text.Append(End).ToString()), report.Rows.Count - written);
    }

    /// <summary>Compresses a document by GZIP, for the file.</summary>
    public static byte[] Compress(DmarcReportDocument document)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal)) gzip.Write(document.Xml.Span);
        return compressed.ToArray();
    }

    private static string Fragment(Action<XmlWriter> write)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, Settings)) write(xml);
        return text.Append('\n').ToString();
    }

    private static void WriteMetadata(XmlWriter xml, DmarcReport report)
    {
        xml.WriteStartElement("report_metadata");
        Write(xml, "org_name", report.Organization);
        Write(xml, "email", report.Email);
        Write(xml, "extra_contact_info", report.Contact);
        Write(xml, "report_id", report.Id);
        xml.WriteStartElement("date_range");
        Write(xml, "begin", report.Begin.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        Write(xml, "end", report.End.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        xml.WriteEndElement();
        Write(xml, "error", report.Error);
        Write(xml, "generator", report.Generator);
        xml.WriteEndElement();
    }

    private static void WritePolicy(XmlWriter xml, DmarcReport report)
    {
        var policy = report.Policy;
        xml.WriteStartElement("policy_published");
        Write(xml, "domain", report.PolicyDomain);
        Write(xml, "discovery_method", "treewalk");
        // A record with a wrong policy counts as p=none.
        Write(xml, "p", Word(policy.HasWrongPolicy ? DmarcPolicy.None : policy.Policy));
        if (!policy.HasWrongPolicy)
        {
            Write(xml, "sp", Word(policy.SubdomainPolicy));
            Write(xml, "np", Word(policy.NonexistentPolicy));
        }

        Write(xml, "fo", policy.FailureOptions);
        Write(xml, "adkim", policy.IsDkimStrict ? "s" : "r");
        Write(xml, "aspf", policy.IsSpfStrict ? "s" : "r");
        Write(xml, "testing", policy.IsTesting ? "y" : "n");
        xml.WriteEndElement();
    }

    private static void WriteRow(XmlWriter xml, DmarcReportRow row)
    {
        xml.WriteStartElement("record");
        xml.WriteStartElement("row");
        Write(xml, "source_ip", Text(row.Source));
        Write(xml, "count", row.Count.ToString(CultureInfo.InvariantCulture));
        xml.WriteStartElement("policy_evaluated");
        Write(xml, "disposition", row.Disposition.ToString().ToLowerInvariant());
        Write(xml, "dkim", row.IsDkimAligned ? "pass" : "fail");
        Write(xml, "spf", row.IsSpfAligned ? "pass" : "fail");
        if (row.Override is not null)
        {
            xml.WriteStartElement("reason");
            Write(xml, "type", row.Override);
            Write(xml, "comment", row.OverrideComment);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
        xml.WriteStartElement("identifiers");
        Write(xml, "header_from", row.HeaderFrom);
        Write(xml, "envelope_from", row.EnvelopeFrom);
        Write(xml, "envelope_to", row.EnvelopeTo);
        xml.WriteEndElement();
        WriteResults(xml, row);
        xml.WriteEndElement();
    }

    private static void WriteResults(XmlWriter xml, DmarcReportRow row)
    {
        xml.WriteStartElement("auth_results");
        foreach (var signature in row.Signatures.OrderBy(signature => Rank(signature, row.HeaderFrom)).Take(DmarcReportRow.MaxSignatures))
        {
            xml.WriteStartElement("dkim");
            Write(xml, "domain", signature.Domain);
            Write(xml, "selector", signature.Selector);
            Write(xml, "result", DkimResults.Contains(signature.Result) ? signature.Result : "permerror");
            xml.WriteEndElement();
        }

        if (row.Spf is { } spf)
        {
            xml.WriteStartElement("spf");
            Write(xml, "domain", spf.Domain);
            Write(xml, "scope", "mfrom");
            Write(xml, "result", SpfResults.Contains(spf.Result) ? spf.Result : "permerror");
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    // Passed and equal to the author domain, passed and related to it, passed, failed.
    private static int Rank(DmarcReportSignature signature, string author)
    {
        if (signature.Result != "pass") return 3;
        if (signature.Domain == author) return 0;
        return $".{signature.Domain}".EndsWith($".{author}", StringComparison.Ordinal)
            || $".{author}".EndsWith($".{signature.Domain}", StringComparison.Ordinal) ? 1 : 2;
    }

    private static void Write(XmlWriter xml, string name, string? value)
    {
        if (value is not null) xml.WriteElementString(name, SpfText.Clean(value, MaxText));
    }

    private static string? Word(DmarcPolicy? policy) => policy is { } known ? DmarcWords.Of(known) : null;

    private static string Text(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}

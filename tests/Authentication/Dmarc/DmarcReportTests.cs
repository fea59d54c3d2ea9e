using System.IO.Compression;
using System.Net;
using System.Text;
using System.Xml.Linq;
using System.Xml.Schema;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Dmarc.Reports;
using Xunit;

namespace Postfleet.Authentication.Tests.Dmarc;

/// <summary>Aggregate reports, validated against the schema of RFC 9990 (Data, with its licence).</summary>
public sealed class DmarcReportTests
{
    private const int Large = 10_000_000;

    private static readonly XNamespace Space = "urn:ietf:params:xml:ns:dmarc-2.0";

    [Fact]
    public void A_report_with_everything_is_valid()
    {
        var row = new DmarcReportRow(IPAddress.Parse("::ffff:192.0.2.1"), 12, DmarcDisposition.Quarantine, "a.example.com")
        {
            IsDkimAligned = false,
            IsSpfAligned = true,
            Override = "mailing_list",
            OverrideComment = "a list",
            EnvelopeFrom = "",
            EnvelopeTo = "example.net",
            Signatures = [new("example.com", "s1", "pass"), new("example.org", "s2", "temperror")],
            Spf = new DmarcReportSpf("bounce.example.com", "softfail"),
        };
        var report = Report(row) with { Contact = "https://example.net/help", Error = "invalid \"np\"", Generator = "Postfleet 1" };
        var xml = Validate(DmarcReportWriter.Write(report, Large));
        Assert.Equal("192.0.2.1", Value(xml, "source_ip"));
        Assert.Equal(("12", "quarantine", "mailing_list"), (Value(xml, "count"), Value(xml, "disposition"), Value(xml, "type")));
        Assert.Equal(
            ("example.com", "quarantine", "reject", "none"), (Value(xml, "domain"), Value(xml, "p"), Value(xml, "sp"), Value(xml, "np")));
        Assert.Equal(("s", "r", "1:d", "y"), (Value(xml, "adkim"), Value(xml, "aspf"), Value(xml, "fo"), Value(xml, "testing")));
        Assert.Equal(("1764460800", "1764547200"), (Value(xml, "begin"), Value(xml, "end")));
        Assert.Equal("20251130a.example.com@mail.example.net", Value(xml, "report_id"));
        Assert.Equal(
            ["1.0", "Example", "postmaster@example.net"], new[] { "version", "org_name", "email" }.Select(name => Value(xml, name)));
    }

    [Fact]
    public void A_report_with_the_least_is_valid()
    {
        var report = Report(Row("192.0.2.1", 1)) with { Policy = DmarcRecord.Parse("v=DMARC1; p=reject; sp=wrong; rua=mailto:a@b.c")! };
        var xml = Validate(DmarcReportWriter.Write(report, Large));
        Assert.Equal("none", Value(xml, "p"));
        Assert.Empty(xml.Descendants(Space + "sp"));
        Assert.Empty(xml.Descendants(Space + "envelope_from"));
    }

    [Theory]
    [InlineData(0, 0, "none")]
    [InlineData(0, 1, "pass")]
    [InlineData(0, 2, "quarantine")]
    [InlineData(0, 3, "reject")]
    public void Each_disposition_is_valid(int dkim, int disposition, string word)
    {
        var row = Row("2001:db8::1", 3) with { IsDkimAligned = dkim == 1, Disposition = (DmarcDisposition)disposition };
        Assert.Equal(word, Value(Validate(DmarcReportWriter.Write(Report(row), Large)), "disposition"));
    }

    [Fact]
    public void Text_of_strangers_cannot_break_a_report()
    {
        const string Hostile = "]]></a>&amp;<!--\u0000\ud800\ufffe\r\n\u00fc";
        var row = Row("192.0.2.1", 1) with
        {
            HeaderFrom = Hostile,
            EnvelopeFrom = new string('x', 100_000),
            Signatures = [new DmarcReportSignature(Hostile, Hostile, Hostile)],
            Spf = new DmarcReportSpf(Hostile, Hostile),
            Override = "other",
            OverrideComment = Hostile,
        };
        var document = DmarcReportWriter.Write(Report(row) with { Error = Hostile }, Large);
        var xml = Validate(document);
        Assert.Equal("]]></a>&amp;<!--??????", Value(xml, "header_from"));
        Assert.InRange(document.Xml.Length, 1, 5_000);
    }

    [Fact]
    public void Rows_with_few_messages_are_left_out_where_the_size_is_bounded()
    {
        var rows = Enumerable.Range(1, 1000).Select(i => Row($"192.0.{i / 250}.{i % 250}", i)).ToArray();
        var document = DmarcReportWriter.Write(Report(rows), 50_000);
        var xml = Validate(document);
        Assert.InRange(document.Xml.Length, 49_000, 50_000);
        var counts = xml.Descendants(Space + "count").Select(count => int.Parse(count.Value, null)).ToList();
        Assert.Equal(Enumerable.Range(0, counts.Count).Select(i => 1000 - i), counts);
        Assert.Equal(1000, counts.Count + document.LeftOut);
        Assert.Equal(999, DmarcReportWriter.Write(Report(rows), 1).LeftOut);
    }

    [Fact]
    public void Signatures_are_ordered_by_their_worth_and_bounded()
    {
        var row = Row("192.0.2.1", 1) with
        {
            HeaderFrom = "a.example.com",
            Signatures =
            [
                new("x.org", "s", "fail"), new("other.com", "s", "pass"), new("example.com", "s", "pass"),
                new("a.example.com", "s", "pass"),
                .. Enumerable.Repeat(new DmarcReportSignature("y.org", "s", "fail"), 200),
            ],
        };
        var xml = Validate(DmarcReportWriter.Write(Report(row), Large));
        var domains = xml.Descendants(Space + "dkim").Elements(Space + "domain").Select(domain => domain.Value).ToList();
        Assert.Equal(["a.example.com", "example.com", "other.com", "x.org"], domains.Take(4));
        Assert.Equal(DmarcReportRow.MaxSignatures, domains.Count);
    }

    [Fact]
    public void A_report_is_compressed_for_its_file()
    {
        var document = DmarcReportWriter.Write(Report(Row("192.0.2.1", 1)), Large);
        using var gzip = new GZipStream(new MemoryStream(DmarcReportWriter.Compress(document)), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip, Encoding.UTF8);
        Assert.Equal(Encoding.UTF8.GetString(document.Xml.Span), reader.ReadToEnd());
    }

    [Fact]
    public void File_and_subject_are_named_by_the_rfc()
    {
        var report = Report(Row("192.0.2.1", 1));
        Assert.Equal("mail.example.net!example.com!1764460800!1764547200!20251130a.xml.gz", report.FileName);
        Assert.Equal(
            "Report Domain: example.com Submitter: mail.example.net Report-ID: <20251130a.example.com@mail.example.net>", report.Subject);
    }

    [Theory]
    [InlineData("p=reject", "from=example.com", DmarcPolicy.Reject, DmarcDisposition.Reject, null)]
    [InlineData("p=reject", "from=example.com", DmarcPolicy.None, DmarcDisposition.None, "local_policy")]
    [InlineData("p=reject; t=y", "from=example.com", DmarcPolicy.Quarantine, DmarcDisposition.Quarantine, "policy_test_mode")]
    [InlineData("p=reject; t=y", "from=example.com", DmarcPolicy.None, DmarcDisposition.None, "local_policy")]
    [InlineData("p=none", "from=example.com", DmarcPolicy.None, DmarcDisposition.None, null)]
    [InlineData("p=reject", "from=example.com spf=example.com", DmarcPolicy.None, DmarcDisposition.Pass, null)]
    [InlineData("p=none", "from=example.com spf=example.com", DmarcPolicy.None, DmarcDisposition.None, null)]
    public async Task A_row_says_why_the_policy_was_not_applied(
        string record, string message, DmarcPolicy applied, DmarcDisposition disposition, string? reason)
    {
        var each = new DmarcCase("9990", "row", $"example.com: v=DMARC1; {record}", message, "");
        var row = DmarcReportRow.Of(IPAddress.Loopback, 1, (await each.EvaluateAsync()).Authors[0], applied);
        Assert.Equal((disposition, reason), (row.Disposition, row.Override));
        Validate(DmarcReportWriter.Write(Report(row), Large));
    }

    private static DmarcReportRow Row(string source, long count) =>
        new(IPAddress.Parse(source), count, DmarcDisposition.None, "example.com");

    private static DmarcReport Report(params DmarcReportRow[] rows) => new(
        "Example", "postmaster@example.net", "mail.example.net", "20251130a", DateTimeOffset.FromUnixTimeSeconds(1_764_460_800),
        DateTimeOffset.FromUnixTimeSeconds(1_764_547_200), "example.com",
        DmarcRecord.Parse("v=DMARC1; p=quarantine; sp=reject; np=none; adkim=s; fo=1:d; t=y")!, rows);

    private static string? Value(XDocument xml, string name) => xml.Descendants(Space + name).FirstOrDefault()?.Value;

    private static XDocument Validate(DmarcReportDocument document)
    {
        var schemas = new XmlSchemaSet();
        schemas.Add(Space.NamespaceName, Path.Combine(AppContext.BaseDirectory, "Dmarc", "Data", "dmarc-xml-0.2.xsd"));
        var xml = XDocument.Load(new MemoryStream(document.Xml.ToArray()));
        List<string> errors = [];
        xml.Validate(schemas, (_, e) => errors.Add(e.Message));
        Assert.Empty(errors);
        return xml;
    }
}

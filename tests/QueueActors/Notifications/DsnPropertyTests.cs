using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using MimeKit;
using Postfleet.Core.Mail;
using Postfleet.QueueActors.Notifications;
using Xunit;
using static Postfleet.QueueActors.Tests.Notifications.Reports;

namespace Postfleet.QueueActors.Tests.Notifications;

/// <summary>For any input of strangers, the DSN about it is a clean message with the expected content.</summary>
public class DsnPropertyTests
{
    private static readonly string[] TopFields =
        ["Date", "From", "To", "Subject", "Message-Id", "Auto-Submitted", "MIME-Version", "Content-Type"];

    // Characters with a meaning in a header, a MIME part or a terminal, among others.
    private static readonly Gen<char> Character = Gen.OneOf(
        Gen.Char[' ', '~'],
        Gen.OneOf('\r', '\n', '\0', '\t', '\x1b', ' ', ':', ';', '=', '?', '-', '"', '\\', '(', '<', '\u00e9', '\u202e', '\u2028', '\ud83d',
            '\ude00', '\uffff'),
        Gen.Char);

    private static readonly Gen<string> Hostile = Gen.OneOf(
        Character.Array[0, 60].Select(chars => new string(chars)),
        Gen.Select(Character, Gen.Int[900, 1100]).Select((c, length) => new string(c, length)),
        Gen.Const("x\r\nTo: y\r\n\r\n--=_00000000000010000000000002--\r\n"));

    private static readonly Gen<string> LocalPart = Gen.OneOf(
        Gen.Char.AlphaNumeric.Array[1, 64].Select(chars => new string(chars)),
        Gen.OneOf("!#$%&'*+-/=?^_`{|}~", "\"a b\"", "\"a  ,  b\"", "\"\\\"\\\\\"", "\"@\"", "\"<>\"", "a.b.c", "\"\"", "\"(comment)\"",
            "=?utf-8?q?x?=", "gr\u00fc\u00dfe"));

    private static readonly Gen<string> Domain = Gen.OneOf(
        "example.com", "[192.0.2.1]", "[IPv6:2001:db8::1]", "xn--bcher-kva.example", "_under.score.example",
        string.Join('.', Enumerable.Repeat(new string('d', 39), 4)));

    private static readonly Gen<Mailbox> Address = Gen.Select(LocalPart, Domain, (local, domain) => Mailbox.Parse($"{local}@{domain}"));

    private static readonly Gen<SmtpReply> Reply = Gen.Select(Gen.Int[400, 599], Gen.Bool, Gen.OneOf(2, 4, 5), Gen.Int[0, 999], Hostile,
        (code, has, @class, subject, text) => new SmtpReply(code, has ? new EnhancedStatus(@class, subject, subject) : null, text));

    // Possible ORCPT values of a client: xtext, and printable when decoded, in ASCII or not.
    private static readonly Gen<string> Original = Gen.OneOf(
        Gen.Const(""), Gen.Char[' ', '~'].Array[1, 300].Select(chars => $"rfc822;{Xtext.Encode(Encoding.ASCII.GetBytes(chars))}"),
        Gen.OneOf("a", "\u00fc", "\u0414", "\u2028", "\U0001f4e8", "+", "\\").Array[1, 40]
            .Select(pieces => $"rfc822;{Xtext.Encode(Encoding.UTF8.GetBytes(string.Concat(pieces)))}"));

    internal static readonly Gen<StatusReport> Report = Gen.Select(
        Address, Gen.Select(
            Address, Reply, Hostile, Gen.Enum<DsnAction>(), Original, Gen.Bool, (address, reply, host, action, original, isExpired) =>
            new ReportedRecipient(address, reply, host) { Action = action, OriginalRecipient = original, IsExpired = isExpired }).Array[1,
            5],
        Gen.OneOf(0, 7), Hostile,
        (sender, recipients, unnamed, head) =>
            New(recipients) with { Sender = sender, Unnamed = unnamed, Content = Head(head + "\r\n\r\nbody") });

    [Fact]
    public void A_dsn_is_7_bit_in_bounded_lines_and_parses_back_whole() => Report.Sample(report =>
    {
        var octets = Build(report);
        AssertIsClean(octets);
        var dsn = Read(octets);
        Assert.Equal(TopFields, dsn.Message.Headers.Select(header => header.Field).Concat(dsn.Report.Headers.Select(header => header.Field))
            .Distinct());
        Assert.Equal(3, dsn.Report.Count);
        Assert.Equal(["Reporting-MTA", "X-Postfleet-Message-Id", "Arrival-Date"], dsn.PerMessage.Select(header => header.Field));
        Assert.Equal(report.Recipients.Count, dsn.PerRecipient.Count);
        foreach (var (recipient, fields) in report.Recipients.Zip(dsn.PerRecipient)) AssertNames(recipient, fields);
        if (Ascii.IsValid(report.Sender.Address)) Assert.Equal(report.Sender.Address, Unfolded(dsn.Message.Headers, "To"));
        var head = Encoding.Latin1.GetString(report.Content.ToMemory().Span);
        var end = head.StartsWith("\r\n", StringComparison.Ordinal) ? 0 : head.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2;
        // A bare LF becomes a line end and a bare CR a space; the frontend takes neither in.
        var expected = Regex.Replace(head[..end], "\r(?!\n)", " ").Replace("\r", "", StringComparison.Ordinal);
        Assert.Equal(expected, Encoding.Latin1.GetString(dsn.Header).Replace("\r", "", StringComparison.Ordinal));
    }, iter: 2000);

    [Fact]
    public Task Python_finds_three_sound_parts_and_every_recipient_too() => Report.Array[200].SampleAsync(async reports =>
    {
        foreach (var (report, read) in reports.Zip(await PythonMail.ReadAsync([.. reports.Select(Build)])))
        {
            Assert.Equal(["text/plain", "message/delivery-status", "text/rfc822-headers"], read.Parts);
            // An address of the form of an encoded word is written as it is; Python reports the form as a fault.
            if (!report.Sender.Address.StartsWith("=?", StringComparison.Ordinal)) Assert.Empty(read.Defects);
            Assert.Equal(1 + report.Recipients.Count, read.Groups.Length);
            Assert.All(
                read.Groups.Skip(1), group => Assert.Contains(group, field => field.StartsWith("Action: ", StringComparison.Ordinal)));
        }
    }, iter: 2);

    // Octets below 128 in the header of the message are returned unchanged.
    private static void AssertIsClean(byte[] octets)
    {
        Assert.All(octets, octet => Assert.InRange(octet, 1, 127));
        var lines = Encoding.ASCII.GetString(octets).Split("\r\n");
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 998));
        Assert.DoesNotContain(
            lines, line => line.Contains('\r', StringComparison.Ordinal) || line.Contains('\n', StringComparison.Ordinal));
        Assert.Equal("", lines[^1]);
    }

    private static void AssertNames(ReportedRecipient recipient, HeaderList fields)
    {
        var type = Ascii.IsValid(recipient.Recipient.Address) ? "rfc822; " : "utf-8; ";
        Assert.StartsWith(type, fields["Final-Recipient"], StringComparison.Ordinal);
        Assert.Equal(recipient.Recipient.Address, AddressIn(Unfolded(fields, "Final-Recipient")));
        Assert.Equal(recipient.Action.ToString().ToLowerInvariant(), fields["Action"]);
        Assert.Equal(recipient.OriginalRecipient.Length > 0, fields.Contains("Original-Recipient"));
        Assert.Matches("^[245]\\.[0-9]{1,3}\\.[0-9]{1,3}$", fields["Status"]);
        Assert.Contains(recipient.Reply.Code.ToString(CultureInfo.InvariantCulture), fields["Diagnostic-Code"], StringComparison.Ordinal);
        Assert.Empty(fields.Select(header => header.Field).Except(
            ["Original-Recipient", "Final-Recipient", "Action", "Status", "Remote-MTA", "Diagnostic-Code", "Last-Attempt-Date"]));
    }

    // The address in a field, read as RFC 3464 and RFC 6533 write it.
    private static string AddressIn(string field)
    {
        var address = field[(field.IndexOf("; ", StringComparison.Ordinal) + 2)..];
        return field.StartsWith("utf-8;", StringComparison.Ordinal)
            ? Regex.Replace(address, @"\\x\{([0-9A-F]+)\}",
                match => new Rune(int.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString())
            : address;
    }

    // The raw text: MimeKit's own value has decoded encoded words, and an address may look like an encoded word.
    private static string Unfolded(HeaderList fields, string name) =>
        Encoding.ASCII.GetString(fields.Single(field => field.Field == name).RawValue).Replace("\r\n", "", StringComparison.Ordinal).Trim();
}

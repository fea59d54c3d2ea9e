using System.Net.Security;
using System.Security.Authentication;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>Extensions are used only at hosts offering them.</summary>
public class ExtensionTests
{
    private const string Sender = "MAIL FROM:<from@a.test>";

    private static readonly TlsFacts Verified = new(SslProtocols.Tls13, TlsCipherSuite.TLS_AES_256_GCM_SHA384, IsVerified: true);

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task A_utf8_address_is_sent_unchanged_to_a_host_with_smtputf8(int pieces)
    {
        var dialogue = new Dialogue(
            pieces, [.. Hello("8BITMIME", "SMTPUTF8"), $"C: {Sender} SMTPUTF8", "S: 250 ok", "C: RCPT TO:<müller@b.test>", "S: 250 ok",
            .. Content, "C: MAIL FROM:<ünal@xn--bcher-kva.test> BODY=8BITMIME SMTPUTF8", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok",
            .. Content]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal((Disposition.Delivered, "2.0.0"), await SendAsync(connection, To("müller@b.test")));
        Assert.Equal((Disposition.Delivered, "2.0.0"), await SendAsync(connection, From("ünal@bücher.test", Part(isEightBit: true))));
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task A_header_in_utf8_needs_smtputf8_though_all_addresses_are_ascii()
    {
        var dialogue = new Dialogue(0, [.. Hello("8BITMIME", "SMTPUTF8"), $"C: {Sender} BODY=8BITMIME SMTPUTF8", "S: 250 ok",
            "C: RCPT TO:<r0@b.test>", "S: 250 ok", .. Content]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal((Disposition.Delivered, "2.0.0"), await SendAsync(connection, WithUtf8Header));
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Ascii_mail_to_an_internationalised_domain_needs_no_smtputf8()
    {
        var dialogue = new Dialogue(
            0, [.. Hello(), $"C: {Sender}", "S: 250 ok", "C: RCPT TO:<r0@xn--bcher-kva.test>", "S: 250 ok", .. Content]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal((Disposition.Delivered, "2.0.0"), await SendAsync(connection, To("r0@bücher.test")));
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Mail_that_needs_smtputf8_fails_at_a_host_without_it()
    {
        var dialogue = new Dialogue(0, [.. Hello("8BITMIME"), "C: QUIT", "S: 221 bye"]);
        var connection = await dialogue.ConnectedAsync();
        foreach (var part in new[] { To("müller@b.test"), From("ünal@a.test", Part()), WithUtf8Header })
            Assert.Equal((Disposition.Failed, "5.6.7"), await SendAsync(connection, part));
        await connection.QuitAsync();
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Ascii_recipients_are_unaffected_by_a_utf8_recipient()
    {
        var dialogue = new Dialogue(0, [.. Hello(), $"C: {Sender}", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", .. Content]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(To("r0@b.test", "müller@b.test"), RecipientSet.All(2), default);
        await dialogue.EndAsync();
        Assert.Equal(["2.0.0", "5.6.7"], result.Outcomes.OrderBy(outcome => outcome.Recipients.Contains(1))
            .Select(outcome => outcome.Reply.Status.ToString()));
    }

    [Fact]
    public async Task A_transaction_has_at_most_the_announced_number_of_recipients()
    {
        var dialogue = new Dialogue(0, [.. Hello("LIMITS RCPTMAX=2 X=1"),
            $"C: {Sender}", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: RCPT TO:<r1@b.test>", "S: 250 ok", .. Content,
            $"C: {Sender}", "S: 250 ok", "C: RCPT TO:<r2@b.test>", "S: 250 ok", .. Content]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(3), RecipientSet.All(3), default);
        await dialogue.EndAsync();
        Assert.Equal((2, 3), (result.Transactions, result.Outcomes.Where(outcome => outcome.Disposition == Disposition.Delivered)
            .Sum(outcome => outcome.Recipients.Count)));
    }

    [Fact]
    public async Task A_connection_ends_after_the_announced_number_of_transactions()
    {
        var dialogue = new Dialogue(0, [.. Hello("LIMITS MAILMAX=2"), .. Transaction, .. Transaction, "C: QUIT", "S: 221 bye"]);
        var connection = await dialogue.ConnectedAsync();
        await SendAsync(connection, Part());
        Assert.True(connection.IsUsable);
        await SendAsync(connection, Part());
        Assert.False(connection.IsUsable);
        await connection.QuitAsync();
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Recipients_beyond_the_last_transaction_have_no_outcome()
    {
        var dialogue = new Dialogue(0, [.. Hello("LIMITS MAILMAX=1 RCPTMAX=1"), .. Transaction]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(3), RecipientSet.All(3), default);
        await dialogue.EndAsync();
        var outcome = Assert.Single(result.Outcomes);
        Assert.Equal((Disposition.Delivered, 1), (outcome.Disposition, outcome.Recipients.Count));
        Assert.False(connection.IsUsable);
    }

    // Otherwise these recipients would be retried at once, together with recipients due later.
    [Fact]
    public async Task Recipients_beyond_the_last_transaction_are_deferred_with_deferred_recipients()
    {
        var dialogue = new Dialogue(0,
        [
            .. Hello("LIMITS MAILMAX=1 RCPTMAX=1"), $"C: {Sender}", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 450 4.2.1 later", "C: RSET",
            "S: 250 ok",
        ]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(3), RecipientSet.All(3), default);
        await dialogue.EndAsync();
        Assert.Equal(
            3, result.Outcomes.Where(outcome => outcome.Disposition == Disposition.Deferred).Sum(outcome => outcome.Recipients.Count));
    }

    [Fact]
    public async Task Mail_of_a_domain_beyond_the_announced_number_uses_another_connection()
    {
        var dialogue = new Dialogue(0, [.. Hello("LIMITS RCPTDOMAINMAX=1"), .. Transaction, .. Transaction, "C: QUIT", "S: 221 bye"]);
        var connection = await dialogue.ConnectedAsync();
        for (var i = 0; i < 2; i++) Assert.Equal((Disposition.Delivered, "2.0.0"), await SendAsync(connection, Part()));
        var other = Part() with { Id = new PartId(MessageId.FromHalves(1, 2), QueueKey.FromTrusted("default:c.test")) };
        Assert.Equal(SendResultKind.Stale, (await connection.SendAsync(other, RecipientSet.All(1), default)).Status);
        await connection.QuitAsync();
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData("LIMITS")]
    [InlineData("LIMITS RCPTMAX=0 MAILMAX=x RCPTDOMAINMAX=-1")]
    [InlineData("LIMITS RCPTMAX RCPTMAX=99999999999")]
    public async Task An_invalid_limit_is_ignored(string limits)
    {
        var dialogue = new Dialogue(0, [.. Hello(limits), .. Transaction, .. Transaction]);
        var connection = await dialogue.ConnectedAsync();
        for (var i = 0; i < 2; i++) await SendAsync(connection, Part());
        Assert.True(connection.IsUsable);
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Data_is_used_although_chunking_is_offered()
    {
        var dialogue = new Dialogue(0, [.. Hello("CHUNKING", "BINARYMIME"), .. Transaction]);
        Assert.Equal((Disposition.Delivered, "2.0.0"), await SendAsync(await dialogue.ConnectedAsync(), Part()));
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData(true, true, true, null)]
    [InlineData(true, true, false, "5.7.30")]
    [InlineData(true, false, true, "5.7.10")]
    [InlineData(false, true, true, "5.7.10")]
    public void Mail_that_requires_tls_needs_a_verified_host_with_requiretls(
        bool isVerified, bool isTrusted, bool isOffered, string? refusal)
    {
        var session = new SessionFacts("mx", false, new Capabilities { HasRequireTls = isOffered },
            Verified with { IsVerified = isVerified })
        { IsNameTrusted = isTrusted };
        Assert.Equal(refusal, Requirements.Refuse(RequiringTls, session)?.Status.ToString());
        Assert.Equal("5.7.10", Requirements.Refuse(RequiringTls, session with { Tls = null })?.Status.ToString());
        Assert.Null(Requirements.Refuse(Part(), session with { Tls = null }));
    }

    /// <summary>RFC 8689 section 5: a report must not be lost because a host lacks REQUIRETLS.</summary>
    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void A_report_that_requires_tls_sends_requiretls_where_possible_and_is_always_sent(bool isVerified, bool isOffered, bool isSaid)
    {
        var report = RequiringTls with { Message = RequiringTls.Message with { ReversePath = null } };
        var session = new SessionFacts("mx", false, new Capabilities { HasRequireTls = isOffered },
            Verified with { IsVerified = isVerified })
        { IsNameTrusted = true };
        Assert.Null(Requirements.Refuse(report, session));
        Assert.Equal(isSaid, Requirements.RequiresTls(report, session));
        Assert.False(Requirements.RequiresTls(report, session with { Tls = null }));
    }

    [Fact]
    public async Task A_report_that_requires_tls_is_sent_without_tls_if_necessary()
    {
        var report = RequiringTls with { Message = RequiringTls.Message with { ReversePath = null } };
        var dialogue = new Dialogue(
            0, [.. Hello("REQUIRETLS"), "C: MAIL FROM:<>", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", .. Content]);
        Assert.Equal((Disposition.Delivered, "2.0.0"), await SendAsync(await dialogue.ConnectedAsync(), report));
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Mail_that_requires_tls_is_not_sent_without_tls()
    {
        var dialogue = new Dialogue(0, [.. Hello("REQUIRETLS")]);
        Assert.Equal((Disposition.Failed, "5.7.10"), await SendAsync(await dialogue.ConnectedAsync(), RequiringTls));
        await dialogue.EndAsync();
    }

    private static SpooledPart RequiringTls => Part() with { Message = Part().Message with { RequiresTls = true } };

    private static SpooledPart WithUtf8Header => Part() with { Message = Part(isEightBit: true).Message with { NeedsSmtpUtf8 = true } };

    internal static string[] Content => ["C: DATA", "S: 354 go", "C: *DATA*", "S: 250 2.0.0 taken"];

    private static string[] Transaction => [$"C: {Sender}", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", .. Content];

    internal static string[] Hello(params string[] offers) =>
        ["S: 220 mx", "C: EHLO client.test", $"S: 250-mx|{string.Concat(offers.Select(offer => $"250-{offer}|"))}250 HELP"];

    private static SpooledPart To(params string[] recipients) =>
        Part() with { Part = new PartEnvelope([.. recipients.Select(Mailbox.Parse)]) };

    private static SpooledPart From(string sender, SpooledPart part) =>
        part with { Message = part.Message with { ReversePath = Mailbox.Parse(sender) } };

    private static async Task<(Disposition Disposition, string Status)> SendAsync(ISiteConnection connection, SpooledPart part)
    {
        var outcome = Assert.Single((await connection.SendAsync(part, RecipientSet.All(1), default)).Outcomes);
        return (outcome.Disposition, outcome.Reply.Status.ToString()!);
    }
}

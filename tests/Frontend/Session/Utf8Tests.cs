using System.Buffers;
using System.Text;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Addresses and headers in UTF-8 (RFC 6531).</summary>
public sealed class Utf8Tests
{
    private const string Joerg = "j\\xc3\\xb6rg";

    [Theory]
    [InlineData($"C: MAIL FROM:<{Joerg}@x.test> SMTPUTF8", "C: RCPT TO:<b@y.test>", "hi", true)]
    [InlineData("C: MAIL FROM:<a@x.test> SMTPUTF8", "C: RCPT TO:<b@y.test>", "Subject: gr\\xc3\\xbc\\xc3\\x9fe", true)]
    [InlineData("C: MAIL FROM:<a@x.test> BODY=8BITMIME smtputf8", "C: RCPT TO:<b@y.test>", "\nC: gr\\xc3\\xbc\\xc3\\x9fe", false)]
    [InlineData("C: MAIL FROM:<a@b\\xc3\\xbccher.test> SMTPUTF8", "C: RCPT TO:<b@B\\xc3\\x9cCHER.test>", "hi", false)]
    [InlineData("C: MAIL FROM:<> SMTPUTF8", "C: RCPT TO:<b@y.test>", "hi", false)]
    [InlineData("C: MAIL FROM:<a@x.test>", "C: RCPT TO:<b@y.test>", "Subject: gr\\xc3\\xbc\\xc3\\x9fe", false)]
    public async Task The_need_for_SMTPUTF8_is_stored(string mail, string recipient, string content, bool isNeeded)
    {
        var worlds = await Dialogue.ReplayAsync(
            $"S: 220 *\nC: HELO c\nS: 250 *\n{mail}\nS: 250 *\n{recipient}\nS: 250 *\nC: DATA\nS: 354 *\nC: {content}\nC: .\nS: 250 *");
        Assert.All(worlds, world => Assert.Equal(isNeeded, Assert.Single(world.Submission.Stored).Envelope.NeedsSmtpUtf8));
    }

    [Fact]
    public async Task A_recipient_in_utf_8_arrives_with_its_domain_in_a_labels()
    {
        var worlds = await Dialogue.ReplayAsync($"""
            S: 220 *
            C: HELO c
            S: 250 *
            C: MAIL FROM:<a@x.test> SMTPUTF8
            S: 250 *
            C: RCPT TO:<{Joerg}@B\xc3\x9cCHER.test>
            S: 250 *
            C: DATA
            S: 354 *
            C: hi
            C: .
            S: 250 *
            """);
        foreach (var world in worlds)
        {
            var message = Assert.Single(world.Submission.Stored);
            var recipient = Assert.Single(message.Recipients);
            Assert.Equal("j\u00f6rg@xn--bcher-kva.test", recipient.Address);
            var content = Encoding.UTF8.GetString(message.Content.Octets.ToArray());
            Assert.Contains(" with UTF8SMTP id ", content, StringComparison.Ordinal);
            Assert.DoesNotContain("\tfor ", content, StringComparison.Ordinal);
            // Only the recipient is in UTF-8. The added header must stay ASCII, so that a host without SMTPUTF8 accepts a bounce.
            Assert.False(message.Envelope.NeedsSmtpUtf8);
        }
    }

    [Fact]
    public Task Without_smtputf8_addresses_are_ascii() => Dialogue.ReplayAsync($"""
        S: 220 *
        C: HELO c
        S: 250 *
        C: MAIL FROM:<{Joerg}@x.test>
        S: 553 5.6.7 *
        C: MAIL FROM:<a@b\xc3\xbccher.test>
        S: 553 5.6.7 *
        C: MAIL FROM:<a@x.test> SMTPUTF8=yes
        S: 555 5.5.4 *
        C: MAIL FROM:<a@x.test>
        S: 250 *
        C: RCPT TO:<{Joerg}@y.test>
        S: 553 5.6.7 *
        """);

    [Fact]
    public Task Invalid_utf_8_is_no_address() => Dialogue.ReplayAsync("""
        S: 220 *
        C: HELO c
        S: 250 *
        C: MAIL FROM:<j\xf6rg@x.test> SMTPUTF8
        S: 501 5.1.7 *
        C: MAIL FROM:<j\xc3\xb6rg@x.test> SMTPUTF8
        S: 250 *
        C: RCPT TO:<\xc0\xaf@y.test>
        S: 501 5.1.3 *
        C: RCPT TO:<a@\xed\xa0\x80.test>
        S: 501 5.1.3 *
        """);

    [Fact]
    public Task REQUIRETLS_and_BINARYMIME_are_refused_where_they_are_not_offered() => Dialogue.ReplayAsync($"""
        S: 220 *
        C: EHLO c
        {Dialogue.Capabilities}
        C: MAIL FROM:<a@x.test> REQUIRETLS
        S: 555 5.5.4 REQUIRETLS needs TLS
        C: MAIL FROM:<a@x.test> BODY=BINARYMIME
        S: 555 5.5.4 Parameter not recognized or not implemented: BODY=BINARYMIME
        """);
}

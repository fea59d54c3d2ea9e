using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Core.Tests.Classification;

/// <summary>Replies of large providers and of common mail servers, in the words that they use.</summary>
public sealed class ProviderReplyTests
{
    [Theory]
    // Gmail.
    [InlineData("421 4.7.28 [192.0.2.1] Gmail has detected an unusual rate of mail originating from your SPF domain", "throttled")]
    [InlineData(
        "421 4.7.28 [192.0.2.1] Gmail has detected that a URL in this message has an unusual rate of\nunsolicited mail", "throttled")]
    [InlineData("421 4.7.0 Try again later, closing connection.", "throttled")]
    [InlineData("421 4.7.27 rate limited because SPF for example.org did not pass", "auth")]
    [InlineData("421 4.7.30 rate limited because DKIM did not pass", "auth")]
    [InlineData("421 4.7.29 rate limited because it was not sent over a TLS connection", "tls")]
    [InlineData("450 4.2.1 The user you are trying to contact is receiving mail too quickly.", "recipient-rate")]
    [InlineData("552 5.2.2 The recipient's inbox is out of storage space and inactive.", "mailbox-full")]
    [InlineData("550 5.2.1 The email account that you tried to reach is inactive.", "mailbox-disabled")]
    // Outlook.com and Microsoft 365.
    [InlineData("451 4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections. (S3115)", "connections")]
    [InlineData("451 4.7.651 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. (S775)", "throttled")]
    [InlineData("550 5.7.1 messages from [192.0.2.1] weren't sent, part of their network is on our block list (S3140).", "blocklist")]
    [InlineData("550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.", "blocklist")]
    [InlineData("550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", "unknown-user")]
    [InlineData("554 5.2.2 mailbox full; STOREDRV.Deliver", "mailbox-full")]
    [InlineData("550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction", "policy")]
    [InlineData("550 5.7.64 TenantAttribution; Relay Access Denied", "relay-denied")]
    [InlineData("550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found", "unknown-user")]
    [InlineData("421 4.3.2 Service not available", "remote-error")]
    // Yahoo.
    [InlineData("553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred; Retrying will NOT succeed.", "reputation")]
    [InlineData("553 5.7.1 [BL23] Connections not accepted from IP addresses on a list", "blocklist")]
    [InlineData("550 5.7.9 This mail has been blocked because the sender is unauthenticated.", "auth")]
    [InlineData("554 5.7.9 Message not accepted for policy reasons. See https://senders.yahooinc.com", "policy")]
    [InlineData("552 1 Requested mail action aborted, mailbox not found", "unknown-user")]
    // iCloud.
    [InlineData("554 5.7.1 [HM08] Message rejected due to local policy.", "policy")]
    [InlineData("550 5.1.6 recipient no longer on server: bob@icloud.com", "moved")]
    [InlineData("552 5.2.2 <bob@icloud.com>: user is over quota", "mailbox-full")]
    // GMX, WEB.DE, T-Online, Orange, Cox, Spectrum, QQ.
    [InlineData(
        "554-web.de (mxweb012) Nemesis ESMTP Service not available\n554-No SMTP service\n554 IP address is block listed.", "blocklist")]
    [InlineData("421 zu viele E-Mails in zu kurzer Zeit", "throttled")]
    [InlineData(
        "421 mwinf5c20 ME Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR_999 [999]", "throttled")]
    [InlineData("421 cxr.cox.net cox Too many sessions from 192.0.2.1 AUP#CXCNCT", "connections")]
    [InlineData("421 4.7.1 AUP#I-1310 192.0.2.1", "connections")]
    [InlineData("550 Connection frequency limited.", "throttled")]
    [InlineData("421 4.1.0 192.0.2.1 Throttled - try again later. Please see RL000001", "throttled")]
    // Postfix.
    [InlineData("550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown in virtual mailbox table", "unknown-user")]
    [InlineData("450 4.3.2 <bob@example.net>: Recipient address rejected: Service unavailable", "remote-error")]
    [InlineData("450 4.7.1 <mx.example.org>: Helo command rejected: Host not found", "no-ptr")]
    [InlineData("450 4.1.2 <bob@example.net>: Recipient address rejected: Domain not found", "no-such-domain")]
    [InlineData("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.example", "blocklist")]
    [InlineData("452 4.3.1 Insufficient system storage", "remote-error")]
    [InlineData("421 4.3.0 mx.example.net Error: too many concurrent connections", "connections")]
    [InlineData("452 4.5.3 Error: too many recipients", "protocol")]
    [InlineData("503 5.5.1 Error: need RCPT command", "protocol")]
    // Exim, Exchange, Sendmail, qmail.
    [InlineData("550 Unknown user", "unknown-user")]
    [InlineData("550-Verification failed for <a@example.org>\n550 Sender verify failed", "auth")]
    [InlineData("550 Administrative prohibition", "policy")]
    [InlineData("421 Too many concurrent SMTP connections from this IP address; please try again later.", "connections")]
    [InlineData("550 5.7.1 Unable to relay", "relay-denied")]
    [InlineData("550 5.1.1 <bob@example.net>... User unknown", "unknown-user")]
    [InlineData("421 4.3.2 Connection rate limit exceeded.", "connections")]
    [InlineData("554 Sorry, no mailbox here by that name. (#5.1.1)", "unknown-user")]
    [InlineData("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "policy")]
    // Words of a more general class inside.
    [InlineData("550 5.1.1 <spam@example.net>: Recipient address rejected: User unknown", "unknown-user")]
    [InlineData("450 4.7.1 <virus-team@example.net>: Greylisted", "greylisted")]
    public void Class_of(string reply, string expected)
    {
        var parsed = ReplyText.TryParse(reply, ReplyStage.Unknown)!;

        Assert.Equal(expected, BounceClassifier.Shipped.Classify(parsed)!.Name);
    }
}

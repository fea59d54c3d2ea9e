using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>Mail from MailKit, a client that pipelines and sends chunks (RFC 3030).</summary>
[Collection(PeersGroup.Name)]
public sealed class MailKitTests(Peers peers)
{
    [Theory]
    [InlineData("mailkit-plain", SecureSocketOptions.None, "ESMTP")]
    [InlineData("mailkit-starttls", SecureSocketOptions.StartTls, "ESMTPS")]
    [InlineData("mailkit-tls", SecureSocketOptions.SslOnConnect, "ESMTPS")]
    public async Task Messages_arrive_pipelined_and_in_chunks(string name, SecureSocketOptions tls, string protocol)
    {
        using var log = new MemoryStream();
        using var client = await ConnectAsync(log, tls);
        var (first, second) = (Message(name, 4_000), Message($"{name}-large", 3_000_000));
        await client.SendAsync(first, new MailboxAddress("", "mailkit@source.test"), Recipients(name));
        await client.SendAsync(second, new MailboxAddress("", "mailkit@source.test"), Recipients($"{name}-large"));
        await client.DisconnectAsync(quit: true);

        AssertCame(await peers.ArrivedAsync($"{name}-1@sink.test"), name, first, protocol);
        AssertCame(await peers.ArrivedAsync($"{name}-large-1@sink.test"), $"{name}-large", second, protocol);
        var dialogue = Encoding.UTF8.GetString(log.ToArray());
        Assert.Contains("C: BDAT ", dialogue, StringComparison.Ordinal);
        // MailKit sends all commands of an envelope before it reads the first reply.
        Assert.Matches("C: MAIL [^\r]*\r\nC: RCPT [^\r]*\r\nC: RCPT [^\r]*\r\nS: 250 [^\r]*\r\n", dialogue);
    }

    [Fact]
    public async Task Requests_for_reports_are_passed_on()
    {
        using var client = await ConnectAsync(new MemoryStream(), SecureSocketOptions.StartTls, wantsReports: true);
        await client.SendAsync(Message("mailkit-dsn", 100), new MailboxAddress("", "mailkit@source.test"), Recipients("mailkit-dsn"));
        await client.DisconnectAsync(quit: true);

        var message = await peers.ArrivedAsync("mailkit-dsn-2@sink.test");
        var (mail, recipient) = peers.CommandsFor(message, "mailkit-dsn-2@sink.test");
        Assert.Contains(" ENVID=mailkit+2Bdsn", mail, StringComparison.Ordinal);
        Assert.Contains(" RET=HDRS", mail, StringComparison.Ordinal);
        Assert.Contains(" NOTIFY=SUCCESS,DELAY", recipient, StringComparison.Ordinal);
        Assert.Contains(" ORCPT=rfc822;mailkit-dsn-2@sink.test", recipient, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Addresses_and_header_in_utf8_stay_as_they_are()
    {
        using var client = await ConnectAsync(new MemoryStream(), SecureSocketOptions.StartTls, wantsReports: true);
        var message = Message("Grüße", 100);
        var international = new FormatOptions { International = true, NewLineFormat = NewLineFormat.Dos, EnsureNewLine = true };
        await client.SendAsync(
            international, message, new MailboxAddress("", "jörg@source.test"), [new MailboxAddress("", "mailkit-用户@sink.test")]);
        await client.DisconnectAsync(quit: true);

        var arrived = await peers.ArrivedAsync("mailkit-用户@sink.test");
        Assert.Equal("jörg@source.test", arrived.ReversePath);
        Assert.Contains("SMTPUTF8", arrived.MailParameters, StringComparison.Ordinal);
        Assert.Contains(" with UTF8SMTPS id ", arrived.Trace, StringComparison.Ordinal);
        Assert.Contains("\r\nSubject: Grüße\r\n", Encoding.UTF8.GetString(arrived.Content!), StringComparison.Ordinal);
        Assert.Contains(" ORCPT=rfc822;mailkit-+E7+94+A8+E6+88+B7@sink.test", peers
            .CommandsFor(arrived, "mailkit-用户@sink.test").Recipient, StringComparison.Ordinal);
    }

    private async Task<SmtpClient> ConnectAsync(MemoryStream log, SecureSocketOptions tls, bool wantsReports = false)
    {
        var client = new ReportingClient(new ProtocolLogger(log, leaveOpen: true), wantsReports)
        {
            CheckCertificateRevocation = false,
            DeliveryStatusNotificationType = DeliveryStatusNotificationType.HeadersOnly,
            ServerCertificateValidationCallback = (_, certificate, _, errors) =>
                (errors & ~System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors) == 0
                    && IsByAuthority((X509Certificate2)certificate!),
        };
        await client.ConnectAsync("localhost", peers.Node.Listeners[tls == SecureSocketOptions.SslOnConnect ? 1 : 0].Port, tls);
        return client;
    }

    private bool IsByAuthority(X509Certificate2 certificate)
    {
        using var authority = X509CertificateLoader.LoadCertificateFromFile(peers.Authority.CertificateFile);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private static MailboxAddress[] Recipients(string name) => [new("", $"{name}-1@sink.test"), new("", $"{name}-2@sink.test")];

    private static MimeMessage Message(string subject, int octets)
    {
        var text = Encoding.Latin1.GetString(Letter.Large(subject, octets));
        var message = new MimeMessage
        {
            MessageId = $"{octets}@source.test",
            Subject = subject,
            Body = new TextPart("plain") { ContentTransferEncoding = ContentEncoding.EightBit, Text = text },
        };
        message.From.Add(new MailboxAddress("Ada", "ada@source.test"));
        message.To.Add(new MailboxAddress("All", "all@sink.test"));
        return message;
    }

    private static void AssertCame(SinkMessage arrived, string name, MimeMessage sent, string protocol)
    {
        Assert.Equal([$"{name}-1@sink.test", $"{name}-2@sink.test"], arrived.Recipients);
        Assert.Equal("mailkit@source.test", arrived.ReversePath);
        Assert.Contains($" with {protocol} id ", arrived.Trace, StringComparison.Ordinal);
        using var written = new MemoryStream();
        sent.WriteTo(new FormatOptions { NewLineFormat = NewLineFormat.Dos, EnsureNewLine = true }, written);
        Assert.Equal(MessageContent.Hash(written.ToArray()), arrived.Hash);
    }

    private sealed class ReportingClient(IProtocolLogger log, bool wantsReports) : SmtpClient(log)
    {
        protected override bool PreferSendAsBinaryData => true;

        protected override string GetEnvelopeId(MimeMessage message) => wantsReports ? "mailkit+dsn" : null!;

        protected override DeliveryStatusNotification? GetDeliveryStatusNotifications(MimeMessage message, MailboxAddress mailbox) =>
            wantsReports ? DeliveryStatusNotification.Success | DeliveryStatusNotification.Delay : null;
    }
}

using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>Foreign programs that send with a password or token through the submission listeners (RFC 6409, RFC 4954).</summary>
[Collection(PeersGroup.Name)]
public sealed class SubmissionTests(Peers peers) : IDisposable
{
    private const string User = PeerUsers.Name;

    private const string Password = PeerUsers.Password;

    private readonly TempFolder _folder = new("submission");

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("PLAIN", false)]
    [InlineData("LOGIN", true)]
    [InlineData("CRAM-MD5", false)]
    public async Task Swaks_authenticates(string mechanism, bool isImplicit)
    {
        var to = $"swaks-auth-{mechanism}@sink.test";
        await PostfixTools.SwaksAsync(
            Port(isImplicit), to,
            ["--from", User, isImplicit ? "--tls-on-connect"
                : "--tls", "--auth", mechanism, "--auth-user", User, "--auth-password", Password]);
        AssertCame(await peers.ArrivedAsync(to));
    }

    [Theory]
    [InlineData("scram-sha-256", false)]
    [InlineData("scram-sha-1", true)]
    [InlineData("plain", false)]
    [InlineData("login", false)]
    [InlineData("cram-md5", true)]
    [InlineData("oauthbearer", false)]
    [InlineData("xoauth2", true)]
    public async Task Msmtp_authenticates_by_every_mechanism(string mechanism, bool isImplicit)
    {
        var to = $"msmtp-auth-{mechanism}@sink.test";
        await File.WriteAllTextAsync(_folder["letter"], $"Subject: {mechanism}\n\nhello\n");
        await File.WriteAllTextAsync(
            _folder["secret"], mechanism.Contains("oauth", StringComparison.Ordinal) ? PeerUsers.Token() : Password);
        string[] arguments =
        [
            "msmtp", "--file=/dev/null", "--host=localhost", $"--port={Number(isImplicit)}", "--domain=msmtp.test",
            $"--tls-trust-file={peers.Authority.CertificateFile}", "--tls=on", $"--tls-starttls={(isImplicit ? "off" : "on")}",
            $"--auth={mechanism}", $"--user={User}", $"--passwordeval=cat {_folder["secret"]}", $"--from={User}", "--", to,
        ];
        await ProcessHost.RunAsync(new ProcessSpec("sh", ["-c", "exec \"$@\" <\"$0\"", _folder["letter"], .. arguments]), Peers.Limit);
        var message = await peers.ArrivedAsync(to);
        AssertCame(message);
        var text = Encoding.UTF8.GetString(message.Content!);
        Assert.Contains("\r\nDate: ", text, StringComparison.Ordinal);
        Assert.Contains("\r\nMessage-ID: <", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"\r\nFrom: {User}\r\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AUTH=PLAIN")]
    [InlineData("AUTH=LOGIN")]
    [InlineData("AUTH=OAUTHBEARER")]
    [InlineData("AUTH=XOAUTH2")]
    public async Task Curl_authenticates(string options)
    {
        var to = $"curl-{options.ToLowerInvariant().Replace('=', '-')}@sink.test";
        await File.WriteAllTextAsync(
            _folder["letter"], $"From: {User}\r\nTo: {to}\r\nBcc: hidden@sink.test\r\nSubject: x\r\n\r\nhello\r\n");
        string[] secret = options.Contains("OAUTH", StringComparison.Ordinal)
            ? ["--user", User, "--oauth2-bearer", PeerUsers.Token()] : ["--user", $"{User}:{Password}"];
        await ProcessHost.RunAsync(
            new ProcessSpec(
                "curl",
                [
                    "--silent", "--show-error", "--ssl-reqd", "--cacert", peers.Authority.CertificateFile, .. secret, "--login-options",
                    options,
                    "--mail-from", User, "--mail-rcpt", to, "--upload-file", _folder["letter"], $"smtp://localhost:{Number(false)}",
                ]),
            Peers.Limit);
        var message = await peers.ArrivedAsync(to);
        AssertCame(message);
        Assert.DoesNotContain("hidden", Encoding.UTF8.GetString(message.Content!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Python_logs_in(bool isImplicit)
    {
        var to = $"python-login-{isImplicit}@sink.test".ToLowerInvariant();
        const string Script = """
            import smtplib, ssl, sys
            port, authority, implicit, user, password, to = sys.argv[1:]
            context = ssl.create_default_context(cafile=authority)
            if implicit == "True":
                server = smtplib.SMTP_SSL("localhost", int(port), context=context)
            else:
                server = smtplib.SMTP("localhost", int(port))
                server.starttls(context=context)
            try:
                server.login(user, "wrong")
                raise SystemExit("a wrong password was accepted")
            except smtplib.SMTPAuthenticationError as error:
                assert error.smtp_code == 535, error
            server.login(user, password)
            server.sendmail(user, [to], "Subject: x\r\n\r\nhello\r\n")
            server.quit()
            """;
        await File.WriteAllTextAsync(_folder["login.py"], Script);
        await ProcessHost.RunAsync(
            new ProcessSpec(
                "python3",
                [
                    _folder["login.py"], Number(isImplicit), peers.Authority.CertificateFile, isImplicit.ToString(), User, Password, to,
                ]),
            Peers.Limit);
        AssertCame(await peers.ArrivedAsync(to));
    }

    [Fact]
    public async Task MailKit_takes_the_strongest_mechanism_and_a_foreign_sender_is_refused()
    {
        using var client = await ConnectAsync();
        await client.AuthenticateAsync(User, Password);
        await client.SendAsync(Message(User, "mailkit-scram@sink.test"));
        AssertCame(await peers.ArrivedAsync("mailkit-scram@sink.test"));
        var line = await peers.Node.Process.WaitForLineAsync(" authenticated user=" + User, Peers.Limit);
        Assert.DoesNotContain(Password, line, StringComparison.Ordinal);
        var foreign = await Assert
            .ThrowsAsync<SmtpCommandException>(() => client.SendAsync(Message("mallory@elsewhere.test", "x@sink.test")));
        Assert.Equal((SmtpStatusCode)553, foreign.StatusCode);
        var author = Message("mallory@elsewhere.test", "x@sink.test");
        var refused = await Assert.ThrowsAsync<SmtpCommandException>(
            () => client.SendAsync(author, new MailboxAddress("", User), [new MailboxAddress("", "x@sink.test")]));
        Assert.Equal((SmtpStatusCode)550, refused.StatusCode);
        await client.DisconnectAsync(quit: true);
    }

    [Theory]
    [InlineData(User, "wrong")]
    [InlineData("nobody@source.test", Password)]
    public async Task Wrong_credentials_are_answered_with_535(string user, string password)
    {
        using var client = await ConnectAsync();
        // MailKit tries all mechanisms in turn.
        client.AuthenticationMechanisms.RemoveWhere(mechanism => mechanism != "SCRAM-SHA-256");
        var failure = await Assert.ThrowsAsync<AuthenticationException>(() => client.AuthenticateAsync(user, password));
        Assert.Contains("5.7.8", failure.Message, StringComparison.Ordinal);
        await client.DisconnectAsync(quit: true);
    }

    [Fact]
    public async Task Authentication_without_TLS_is_answered_with_538()
    {
        using var client = await SmtpClientLite.ConnectAsync(Port(false));
        Assert.True((await client.CommandAsync("EHLO client.test")).IsPositive);
        Assert.Equal(538, (await client.CommandAsync("AUTH PLAIN AGEAYg==")).Code);
        Assert.Equal(530, (await client.CommandAsync($"MAIL FROM:<{User}>")).Code);
    }

    private async Task<SmtpClient> ConnectAsync()
    {
        var client = new SmtpClient
        {
            CheckCertificateRevocation = false,
            // The authority of the test is unknown to the machine.
            ServerCertificateValidationCallback = (_, _, _, errors) => (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0,
        };
        await client.ConnectAsync("localhost", Port(false).Port, SecureSocketOptions.StartTls);
        client.AuthenticationMechanisms.Remove("OAUTHBEARER");
        client.AuthenticationMechanisms.Remove("XOAUTH2");
        return client;
    }

    private static MimeMessage Message(string from, string to)
    {
        var message = new MimeMessage { Subject = "x", Body = new TextPart("plain") { Text = "hello" } };
        message.From.Add(new MailboxAddress("", from));
        message.To.Add(new MailboxAddress("", to));
        return message;
    }

    private static void AssertCame(SinkMessage message) => Assert.Contains(" with ESMTPSA id ", message.Trace, StringComparison.Ordinal);

    private IPEndPoint Port(bool isImplicit) => peers.Submission(isImplicit);

    private string Number(bool isImplicit) => Port(isImplicit).Port.ToString(CultureInfo.InvariantCulture);
}

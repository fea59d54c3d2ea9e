using System.Globalization;
using System.Text;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>Programs with a SASL library of their own, and a mail server, send with a password through the submission listeners.</summary>
[Collection(PeersGroup.Name)]
public sealed class SubmissionClientTests(Peers peers) : IDisposable
{
    private readonly TempFolder _folder = new("submission-clients");

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("PLAIN", false)]
    [InlineData("LOGIN", true)]
    public async Task Perl_authenticates(string mechanism, bool isImplicit)
    {
        const string Script = """
            use strict; use warnings; use Net::SMTP; use Authen::SASL qw(Perl);
            my ($port, $authority, $implicit, $mechanism, $user, $password, $to) = @ARGV;
            my %tls = (SSL_ca_file => $authority);
            my $smtp = Net::SMTP->new("localhost", Port => $port, Timeout => 30, SSL => $implicit eq "True", %tls)
                or die "no connection: $@";
            $implicit eq "True" or $smtp->starttls(%tls) or die "no TLS: " . $smtp->message;
            sub sasl { Authen::SASL->new(mechanism => $mechanism, callback => { user => $user, authname => "", pass => $_[0] }) }
            $smtp->auth(sasl("wrong")) and die "a wrong password was accepted";
            $smtp->code == 535 or die "wrong password: " . $smtp->code;
            $smtp->auth(sasl($password)) or die "refused: " . $smtp->message;
            $smtp->mail($user) && $smtp->to($to) && $smtp->data("Subject: x\n\nhello\n") or die "not sent: " . $smtp->message;
            $smtp->quit;
            """;
        var to = $"perl-{mechanism}@sink.test".ToLowerInvariant();
        await File.WriteAllTextAsync(_folder["send.pl"], Script);
        await ProcessHost.RunAsync(
            new ProcessSpec(
                "perl",
                [
                    _folder["send.pl"], Number(isImplicit), peers.Authority.CertificateFile, isImplicit.ToString(), mechanism,
                    PeerUsers.Name, PeerUsers.Password, to,
                ]),
            Peers.Limit);
        await AssertCameAsync(to);
    }

    [Theory]
    [InlineData("plain", false)]
    [InlineData("login", true)]
    [InlineData("oauthbearer", true)]
    public async Task Snail_authenticates(string mechanism, bool isImplicit)
    {
        var to = $"s-nail-{mechanism}@sink.test";
        var secret = mechanism == "oauthbearer" ? PeerUsers.Token() : PeerUsers.Password;
        var url = $"{(isImplicit ? "smtps" : "smtp")}://{Encode(PeerUsers.Name)}:{Encode(secret)}@localhost:{Number(isImplicit)}";
        await ProcessHost.RunAsync(
            new ProcessSpec(
                "sh",
                [
                    "-c", "echo hello | exec \"$@\"", "sh", "s-nail", "-:/", "-S", "v15-compat=yes", "-S", $"mta={url}", "-S",
                    $"smtp-auth={mechanism}", "-S", isImplicit ? "nosmtp-use-starttls" : "smtp-use-starttls", "-S", "tls-verify=strict",
                    "-S", $"tls-ca-file={peers.Authority.CertificateFile}", "-S", "tls-ca-no-defaults", "-S", $"from={PeerUsers.Name}",
                    "-S", "expandaddr=fail,-all,+addr", "-S", "sendwait", "-s", "x", to,
                ])
            {
                Environment = new Dictionary<string, string> { ["HOME"] = _folder.FullPath },
            },
            Peers.Limit);
        await AssertCameAsync(to);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-1")]
    [InlineData("LOGIN")]
    public async Task Gnu_sasl_authenticates(string mechanism)
    {
        var to = $"gsasl-{mechanism}@sink.test".ToLowerInvariant();
        var dialogue = $"MAIL FROM:<{PeerUsers.Name}>\r\nRCPT TO:<{to}>\r\nDATA\r\nSubject: x\r\n\r\nhello\r\n.\r\nQUIT\r\n";
        await File.WriteAllTextAsync(_folder["dialogue"], dialogue);
        await ProcessHost.RunAsync(
            new ProcessSpec(
                "sh",
                [
                    "-c", "exec \"$@\" <\"$0\"", _folder["dialogue"], "gsasl", "--quiet", "--smtp", "--starttls", "--no-cb",
                    $"--connect=localhost:{Number(false)}",
                    $"--mechanism={mechanism}", $"--authentication-id={PeerUsers.Name}", $"--password={PeerUsers.Password}",
                    $"--x509-ca-file={peers.Authority.CertificateFile}",
                ]),
            Peers.Limit);
        await AssertCameAsync(to);
    }

    [Theory]
    [InlineData("submitted.sink.test")]
    [InlineData("smtps.submitted.sink.test")]
    public async Task Postfix_submits_with_a_password(string domain)
    {
        var to = $"postfix@{domain}";
        await Peers.SendAsync(peers.Postfix.EndPoint, (PeerUsers.Name, ""), [(to, "")], Encoding.ASCII.GetBytes(
            $"From: {PeerUsers.Name}\r\nTo: {to}\r\nSubject: x\r\n\r\nhello\r\n"));
        await AssertCameAsync(to);
    }

    private static string Encode(string text) => Uri.EscapeDataString(text);

    private async Task AssertCameAsync(string to) =>
        Assert.Contains(" with ESMTPSA id ", (await peers.ArrivedAsync(to)).Trace, StringComparison.Ordinal);

    private string Number(bool isImplicit) => peers.Submission(isImplicit).Port.ToString(CultureInfo.InvariantCulture);
}

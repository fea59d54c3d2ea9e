using System.Globalization;
using System.Text;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>Mail from foreign programs, compared with the mail that arrives behind the node.</summary>
[Collection(PeersGroup.Name)]
public sealed class ClientTests(Peers peers) : IDisposable
{
    private readonly TempFolder _folder = new("letters");

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("swaks-plain", false, "ESMTP")]
    [InlineData("swaks-starttls", false, "ESMTPS", "--tls")]
    [InlineData("swaks-tls", true, "ESMTPS", "--tls-on-connect")]
    [InlineData("swaks-pipelined", false, "ESMTP", "--pipeline")]
    [InlineData("swaks-helo", false, "SMTP", "--protocol", "SMTP")]
    public async Task Swaks_sends_to_several_recipients(string name, bool implicitTls, string protocol, params string[] options)
    {
        var content = Letter.EightBit(name);
        // Swaks adds the last line end itself.
        await File.WriteAllBytesAsync(_folder["letter"], content[..^2]);
        string[] tls = protocol == "ESMTPS" ? ["--tls-verify", "--tls-ca-path", peers.Authority.CertificateFile] : [];
        var (first, second) = ($"{name}-1@sink.test", $"{name}-2@sink.test");
        var dialogue = await PostfixTools.SwaksAsync(
            Port(implicitTls), $"{first},no@refused.test,{second}", ["--data", "@" + _folder["letter"], .. options, .. tls]);

        Assert.Contains(dialogue, line => line.Contains(" 550 5.", StringComparison.Ordinal));
        var message = await peers.ArrivedAsync(first);
        Assert.Equal([first, second], message.Recipients);
        Assert.Equal("swaks@source.test", message.ReversePath);
        AssertCame(message, protocol, content);
    }

    [Theory]
    [InlineData("msmtp-plain", false, "ESMTP", "--tls=off")]
    [InlineData("msmtp-starttls", false, "ESMTPS", "--tls=on", "--tls-starttls=on")]
    [InlineData("msmtp-tls", true, "ESMTPS", "--tls=on", "--tls-starttls=off")]
    public async Task Msmtp_sends_with_its_requests_for_reports(string name, bool implicitTls, string protocol, params string[] options)
    {
        var content = Letter.EightBit(name);
        await File.WriteAllBytesAsync(_folder["letter"], Unix(content));
        var to = $"{name}@sink.test";
        string[] arguments =
        [
            "msmtp", "--file=/dev/null", "--host=localhost", $"--port={Port(implicitTls).Port.ToString(CultureInfo.InvariantCulture)}",
            "--domain=msmtp.test",
            $"--tls-trust-file={peers.Authority.CertificateFile}", "--from=msmtp@source.test", "--dsn-notify=success,failure,delay",
            "--dsn-return=hdrs", .. options, "--", to,
        ];
        await ProcessHost.RunAsync(new ProcessSpec("sh", ["-c", "exec \"$@\" <\"$0\"", _folder["letter"], .. arguments]), Peers.Limit);

        var message = await peers.ArrivedAsync(to);
        AssertCame(message, protocol, content);
        var (mail, recipient) = peers.CommandsFor(message, to);
        Assert.StartsWith("MAIL FROM:<msmtp@source.test> ", mail, StringComparison.Ordinal);
        Assert.Contains(" RET=HDRS", mail, StringComparison.Ordinal);
        Assert.Equal($"RCPT TO:<{to}> NOTIFY=SUCCESS,FAILURE,DELAY", recipient, ignoreCase: true);
    }

    [Theory]
    [InlineData("plain", "ESMTP")]
    [InlineData("starttls", "ESMTPS")]
    public async Task Python_sends_many_messages_on_one_connection(string way, string protocol)
    {
        var letters = Enumerable.Range(0, 20)
            .ToDictionary(n => $"python-{way}-{n:00}", n => n % 2 == 0 ? Letter.EightBit($"python-{n}") : Letter.Plain($"python-{n}"));
        letters[$"python-{way}-large"] = Letter.Large("python-large", 5_000_000);
        foreach (var (name, content) in letters)
        {
            await File.WriteAllBytesAsync(_folder[name], content);
        }

        await PythonAsync(way);
        foreach (var (name, content) in letters)
        {
            var message = await peers.ArrivedAsync($"{name}@sink.test");
            AssertCame(message, protocol, content);
            Assert.Equal("python@source.test", message.ReversePath);
        }
    }

    [Fact]
    public async Task Python_sends_addresses_and_header_in_utf8()
    {
        await PythonAsync("international");
        var message = await peers.ArrivedAsync("дмитрий@sink.test");
        Assert.Equal("jörg@source.test", message.ReversePath);
        Assert.Contains("SMTPUTF8", message.MailParameters, StringComparison.Ordinal);
        Assert.Contains(" with UTF8SMTPS id ", message.Trace, StringComparison.Ordinal);
        var text = Encoding.UTF8.GetString(message.Content!);
        Assert.Contains("\r\nFrom: Jörg <jörg@source.test>\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\nSubject: Grüße aus Köln\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nGrüße\r\n.\r\n..\r\n", text, StringComparison.Ordinal);
    }

    private async Task PythonAsync(string way)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Interop", "smtplib_sender.py");
        var port = Port(false).Port.ToString(CultureInfo.InvariantCulture);
        await ProcessHost.RunAsync(
            new ProcessSpec("python3", [script, port, peers.Authority.CertificateFile, way, _folder.FullPath]), Peers.Limit);
    }

    private static void AssertCame(SinkMessage message, string protocol, byte[] content)
    {
        Assert.Contains($" with {protocol} id ", message.Trace, StringComparison.Ordinal);
        Assert.Equal(protocol.EndsWith('S'), message.Trace.Contains("tls TLS_", StringComparison.Ordinal));
        Assert.Equal(Encoding.Latin1.GetString(content), Encoding.Latin1.GetString(message.Content!)[^message.Octets..]);
    }

    private System.Net.IPEndPoint Port(bool implicitTls) => peers.Node.Listeners[implicitTls ? 1 : 0];

    // Programs that read a message from standard input expect LF line ends.
    private static byte[] Unix(byte[] content) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(content).Replace("\r\n", "\n", StringComparison.Ordinal));
}

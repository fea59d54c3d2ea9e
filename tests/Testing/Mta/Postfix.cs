using System.Net;
using System.Text.RegularExpressions;

namespace Postfleet.Testing;

/// <summary>
/// A real Postfix with a configuration, queue and log of its own. It stores mail for its domain and those below it, refuses recipients
/// whose names begin with
/// <c>no</c>, puts those that begin with <c>later</c> off until <see cref="OpenAsync"/>, and sends other mail on as it is told to.
/// </summary>
public sealed partial class Postfix : IMailPeer
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly MailFolder _folder = new("postfix");
    private ChildProcess? _master;

    /// <inheritdoc/>
    public string Domain => "postfix.test";

    /// <inheritdoc/>
    public string Host => "mx.postfix.test";

    /// <inheritdoc/>
    public IPEndPoint EndPoint { get; } = new(IPAddress.Parse(NodeConfiguration.NextHost()), PeerPlan.Port);

    /// <summary>Starts it and waits until it serves.</summary>
    /// <exception cref="InvalidOperationException">It does not start, or the tests do not run as root.</exception>
    public async Task StartAsync(PeerPlan plan)
    {
        Directory.CreateDirectory(_folder["conf"]);
        await _folder.OwnAsync("postfix", "data");
        await _folder.OwnAsync("root", "queue", "log");
        await _folder.OwnAsync("nobody", "mail");
        var daemons = (await ProcessHost.RunAsync(new ProcessSpec("postconf", ["-d", "-h", "daemon_directory"])))[^1];
        await File.WriteAllTextAsync(_folder["conf/main.cf"], PostfixConfiguration.Main(this, plan, _folder.Root, daemons));
        await File.WriteAllTextAsync(_folder["conf/master.cf"], PostfixConfiguration.Master(this));
        await OpenAsync("nobody-yet@postfix.test");
        await ProcessHost.RunAsync(new ProcessSpec("postfix", ["-c", _folder["conf"], "check"]));
        _master = ProcessHost.Start(new ProcessSpec(Path.Combine(daemons, "master"), ["-s", "-c", _folder["conf"]])
        {
            Name = "postfix",
            DeathSignal = "TERM",
            Environment = new Dictionary<string, string> { ["MAIL_CONFIG"] = _folder["conf"] },
        });
        await _master.WaitForPortsAsync(
            EndPoint.Address, [PeerPlan.Port, PeerPlan.MaskedPort, PeerPlan.TlsPort, PeerPlan.PlainPort, PeerPlan.OtherPort], StartLimit);
    }

    /// <inheritdoc/>
    public IReadOnlyList<StoredMail> Messages(string recipient) => StoredMail.Find(_folder["mail/box"], "X-Original-To", recipient);

    /// <inheritdoc/>
    public IReadOnlyList<string> Log() => _folder.Lines("log/mail.log");

    /// <inheritdoc/>
    public IReadOnlyList<string> Commands() =>
        [.. Log().Select(line => Command().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];

    /// <summary>Lets a recipient in that was put off until now.</summary>
    public async Task OpenAsync(string recipient)
    {
        // smtpd looks whether a table has changed before it takes a connection.
        await File.AppendAllTextAsync(_folder["conf/later"], $"{recipient} OK\n");
        await ProcessHost.RunAsync(new ProcessSpec("postmap", ["-c", _folder["conf"], $"hash:{_folder["conf/later"]}"]));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_master is { } master)
        {
            if (!master.Exited.IsCompleted) await master.TerminateAsync(StartLimit);
            await master.DisposeAsync();
        }

        _folder.Dispose();
    }

    [GeneratedRegex(@"/smtpd\[\d+\]: < [^:]*: ((?:MAIL|RCPT) .*)$")]
    private static partial Regex Command();
}

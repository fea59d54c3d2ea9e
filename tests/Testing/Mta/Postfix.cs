using System.Net;
using System.Text.RegularExpressions;

namespace Postfleet.Testing;

/// <summary>
/// A real Postfix with its own configuration, queue and log. It stores mail for its domain and subdomains, refuses recipients whose names
/// begin with <c>no</c>, defers recipients whose names begin with <c>later</c> until <see cref="AdmitAsync"/>, and relays other mail.
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

    /// <summary>Starts the server and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">The server does not start, or the tests do not run as root.</exception>
    public async Task StartAsync(PeerPlan plan)
    {
        Directory.CreateDirectory(_folder["conf"]);
        await _folder.OwnAsync("postfix", "data");
        await _folder.OwnAsync("root", "queue", "log");
        await _folder.OwnAsync("nobody", "mail");
        var daemons = (await ProcessHost.RunAsync(new ProcessSpec("postconf", ["-d", "-h", "daemon_directory"])))[^1];
        await File.WriteAllTextAsync(_folder["conf/main.cf"], PostfixConfiguration.Main(this, plan, _folder.Root, daemons));
        await File.WriteAllTextAsync(_folder["conf/master.cf"], PostfixConfiguration.Master(this));
        await File.WriteAllTextAsync(_folder["conf/sasl"], PostfixConfiguration.Passwords(plan));
        await AdmitAsync("nobody-yet@postfix.test");
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

    /// <summary>Accepts a recipient that was deferred until now.</summary>
    public async Task AdmitAsync(string recipient)
    {
        // smtpd checks for changed tables before it accepts a connection.
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

using System.Net;
using System.Text.RegularExpressions;

namespace Postfleet.Testing;

/// <summary>
/// A real Exim with its own configuration, queue and log. It stores mail for its domain and subdomains, refuses recipients whose names
/// begin with <c>no</c>, defers recipients whose names begin with <c>later</c> once (greylisting), and relays other mail. The Debian
/// packages of Exim and Postfix conflict, so <c>test.sh</c> unpacks Exim into a folder, and each server runs a copy that its user can
/// access.
/// </summary>
public sealed partial class Exim : IMailPeer
{
    private const string User = "Debian-exim";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly MailFolder _folder = new("exim");
    private ChildProcess? _daemon;

    /// <inheritdoc/>
    public string Domain => "exim.test";

    /// <inheritdoc/>
    public string Host => "mx.exim.test";

    /// <inheritdoc/>
    public IPEndPoint EndPoint { get; } = new(IPAddress.Parse(NodeConfiguration.NextHost()), PeerPlan.Port);

    /// <summary>Starts the server and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">The server does not start, or the tests do not run as root.</exception>
    public async Task StartAsync(PeerPlan plan)
    {
        await _folder.OwnAsync("root", "conf", "bin");
        await _folder.OwnAsync(User, "spool", "log", "mail");
        File.Copy(Unpacked(), _folder["bin/exim"]);
        // Without the set-user-id bit of the package: the server needs no root rights here.
        File.SetUnixFileMode(_folder["bin/exim"], (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(_folder["conf/exim.conf"], EximConfiguration.Write(this, plan, _folder.Root));
        _daemon = ProcessHost
            .Start(new ProcessSpec(_folder["bin/exim"], ["-C", _folder["conf/exim.conf"], "-bdf", "-q1s"]) { DeathSignal = "TERM" });
        await _daemon.WaitForPortsAsync(
            EndPoint.Address, [PeerPlan.Port, PeerPlan.TlsPort, PeerPlan.PlainPort, PeerPlan.OtherPort], StartLimit);
    }

    /// <inheritdoc/>
    public IReadOnlyList<StoredMail> Messages(string recipient) => StoredMail.Find(_folder["mail/box"], "Envelope-To", recipient);

    /// <inheritdoc/>
    public IReadOnlyList<string> Log() => _folder.Lines("log/mainlog");

    /// <inheritdoc/>
    public IReadOnlyList<string> Commands() =>
        [.. Log().Select(line => Command().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_daemon is { } daemon)
        {
            if (!daemon.Exited.IsCompleted) await daemon.TerminateAsync(StartLimit);
            await daemon.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static string Unpacked()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given ? given : Path.Combine(home, ".cache");
        var path = Path.Combine(cache, "postfleet/exim/usr/sbin/exim4");
        return File.Exists(path) ? path : throw new InvalidOperationException($"no Exim in {path}; test.sh unpacks it there");
    }

    [GeneratedRegex(@" command ((?:MAIL|RCPT) .*)$")]
    private static partial Regex Command();
}

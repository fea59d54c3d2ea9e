using System.Net;
using System.Text.RegularExpressions;

namespace Postfleet.Testing;

/// <summary>
/// A real Exim with a configuration, queue and log of its own. It stores mail for its domain and those below it, refuses recipients whose
/// names begin with
/// <c>no</c>, puts those that begin with <c>later</c> off once (greylisting), and sends other mail on as it is told to. Exim and Postfix
/// exclude each other as packages: <c>test.sh</c> unpacks Exim into a folder, of which each server has a copy where its own user can reach
/// it.
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

    /// <summary>Starts it and waits until it serves.</summary>
    /// <exception cref="InvalidOperationException">It does not start, or the tests do not run as root.</exception>
    public async Task StartAsync(PeerPlan plan)
    {
        await _folder.OwnAsync("root", "conf", "bin");
        await _folder.OwnAsync(User, "spool", "log", "mail");
        File.Copy(Unpacked(), _folder["bin/exim"]);
        // Not set-user-id, as the package has it: all that it does here it can do as its own user.
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

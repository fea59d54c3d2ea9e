using System.Globalization;
using System.Net;

namespace Postfleet.Testing;

/// <summary>
/// A real mail store (Dovecot) that accepts mail by LMTP on a loopback port and a unix socket, with its configuration and mailboxes in a
/// temporary folder.
/// </summary>
public sealed class Dovecot : IAsyncDisposable
{
    private const int Attempts = 5;

    // Dovecot does not deliver as root, so the mailboxes belong to Debian's user "nobody".
    private const int Nobody = 65534;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new("dovecot");
    private ChildProcess? _process;

    private Dovecot()
    {
    }

    /// <summary>The TCP endpoint of the store.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>The path of its socket.</summary>
    public string SocketPath => _folder["run/lmtp"];

    /// <summary>The path of the socket at which other servers (Postfix) check passwords.</summary>
    public string AuthenticationSocket => _folder["run/authentication"];

    /// <summary>Starts a store and waits until it serves.</summary>
    /// <param name="users">The mailboxes by address, with the quota in octets; null for no quota.</param>
    /// <param name="password">The password of all users; empty disables logins.</param>
    public static async Task<Dovecot> StartAsync(IReadOnlyDictionary<string, int?> users, string password = "")
    {
        var store = new Dovecot();
        Directory.CreateDirectory(store._folder["mail"]);
        // Another user creates the mailboxes.
        File.SetUnixFileMode(store._folder["mail"], (UnixFileMode)0b111_111_111);
        await File.WriteAllLinesAsync(store._folder["users"], users.Select(user => store.Line(user.Key, user.Value, password)));
        for (var attempt = 1; ; attempt++)
        {
            store.EndPoint = new IPEndPoint(IPAddress.Loopback, FreePort.Tcp());
            try
            {
                await store.RunAsync();
                return store;
            }
            catch (InvalidOperationException) when (attempt < Attempts && store.PortWasTaken)
            {
                // Another process took the port after it was found free.
            }
        }
    }

    /// <summary>Makes deliveries to a mailbox fail temporarily, or succeed again.</summary>
    public void Break(string user, bool isBroken)
    {
        var home = Home(user);
        Directory.CreateDirectory(home);
        File.SetUnixFileMode(home, (UnixFileMode)(isBroken ? 0b101_101_101 : 0b111_111_111));
    }

    /// <summary>The new messages of a mailbox as stored.</summary>
    public IReadOnlyList<string> Messages(string user) =>
        Directory.Exists(Path.Combine(Home(user), "box", "new"))
            ? [.. Directory.EnumerateFiles(Path.Combine(Home(user), "box", "new")).Select(File.ReadAllText)] : [];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            // After SIGTERM, Dovecot ends its own children.
            if (!process.Exited.IsCompleted) await process.TerminateAsync(StartLimit);
            await process.DisposeAsync();
        }

        _folder.Dispose();
    }

    private bool PortWasTaken => _process!.Output.Any(line => line.Contains("Address already in use", StringComparison.Ordinal));

    private async Task RunAsync()
    {
        var configuration = _folder["dovecot.conf"];
        await File.WriteAllTextAsync(configuration, Configuration());
        _process = ProcessHost.Start(new ProcessSpec("/usr/sbin/dovecot", ["-F", "-c", configuration]) { DeathSignal = "TERM" });
        await _process.WaitForLineAsync("starting up for lmtp", StartLimit);
        // Dovecot logs this line before it listens.
        await _process.WaitForPortAsync(EndPoint.Port, StartLimit);
    }

    private string Home(string user) => Path.Combine(_folder["mail"], user);

    private string Line(string user, int? octets, string password)
    {
        var id = Environment.IsPrivilegedProcess ? Nobody : OwnId();
        var quota = octets is { } limit ? string.Create(CultureInfo.InvariantCulture, $"userdb_quota_rule=*:bytes={limit}") : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"{user}:{(password.Length == 0 ? "" : "{PLAIN}" + password)}:{id}:{id}::{Home(user)}::{quota}");
    }

    private static int OwnId() => int.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1],
        CultureInfo.InvariantCulture);

    private string Configuration() => $$"""
        base_dir = {{_folder["run"]}}
        state_dir = {{_folder["run"]}}
        instance_name = test
        protocols = lmtp
        listen = 127.0.0.1
        ssl = no
        log_path = /dev/stderr
        default_internal_user = {{Environment.UserName}}
        default_internal_group = {{Environment.UserName}}
        default_login_user = {{Environment.UserName}}
        mail_location = maildir:~/box
        mail_plugins = quota
        plugin {
          quota = count:User quota
          quota_vsizes = yes
        }
        passdb {
          driver = passwd-file
          args = {{_folder["users"]}}
        }
        userdb {
          driver = passwd-file
          args = {{_folder["users"]}}
        }
        service lmtp {
          chroot =
          unix_listener lmtp {
            mode = 0600
          }
          inet_listener lmtp {
            address = 127.0.0.1
            port = {{EndPoint.Port.ToString(CultureInfo.InvariantCulture)}}
          }
        }
        service anvil {
          chroot =
          unix_listener anvil-auth-penalty {
            mode = 0
          }
        }
        auth_mechanisms = plain login scram-sha-256
        # A wrong password is answered at once, also after others.
        auth_failure_delay = 0
        service auth {
          unix_listener authentication {
            mode = 0666
          }
        }

        """;
}

using System.Net;
using System.Text.Json.Nodes;

namespace Postfleet.Testing;

/// <summary>Rspamd as a verifier: a process with its DKIM module alone, which asks a DNS server for the keys.</summary>
public sealed class Rspamd : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new("rspamd");
    private readonly HttpClient _http = new() { Timeout = Limit };
    private readonly int _port = FreePort.Tcp();
    private readonly ChildProcess _process;

    private Rspamd(IPEndPoint dns)
    {
        // The public suffix list takes seconds to compile.
        File.WriteAllText(_folder["names"], "test\norg\ncom\n");
        var path = _folder.FullPath;
        File.WriteAllText(_folder["conf"], $$"""
            options {
              pidfile = "{{path}}/pid";
              tempdir = "{{path}}";
              url_tld = "{{path}}/names";
              control_socket = "{{path}}/control mode=0600";
              filters = "dkim";
              dns { nameserver = ["{{dns}}"]; timeout = 5s; }
            }
            logging { type = "console"; level = "warning"; }
            metric { name = "default"; actions { reject = 15; } }
            worker "normal" { bind_socket = "127.0.0.1:{{_port}}"; count = 1; }
            dkim { check_local = true; check_authed = true; max_sigs = 16; }
            """);
        _process = ProcessHost.Start(new ProcessSpec("rspamd", ["-f", "-i", "-c", _folder["conf"]]) { Folder = path });
    }

    /// <summary>Starts a process, and waits until it serves.</summary>
    /// <param name="dns">The server that has the keys.</param>
    public static async Task<Rspamd> StartAsync(IPEndPoint dns)
    {
        var rspamd = new Rspamd(dns);
        await rspamd._process.WaitForPortAsync(rspamd._port, Limit);
        return rspamd;
    }

    /// <summary>Verifies a message.</summary>
    /// <returns>Its valid signatures as <c>DOMAIN:s=SELECTOR</c>.</returns>
    public async Task<IReadOnlyList<string>> VerifyAsync(byte[] content)
    {
        using var body = new ByteArrayContent(content);
        using var answer = await _http.PostAsync(new Uri($"http://127.0.0.1:{_port}/checkv2"), body);
        var found = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["symbols"]?["R_DKIM_ALLOW"]?["options"]?.AsArray();
        return found is null ? [] : [.. found.Select(option => (string)option!)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // After SIGTERM, it ends its own children, which hold its output open.
        if (!_process.Exited.IsCompleted) await _process.TerminateAsync(Limit);
        await _process.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }
}

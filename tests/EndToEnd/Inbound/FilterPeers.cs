using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Postfleet.EndToEnd.Tests.Inbound;

/// <summary>
/// The filters of the drill: Rspamd, ClamAV's milter, a milter in Python that changes everything, a hook in Python, and OpenDKIM, which
/// signs last.
/// </summary>
internal sealed class FilterPeers : IAsyncDisposable
{
    private readonly FilterPeer _clamd = new("clamd", peer => ["-c", peer.Write("clamd.conf", $"""
        DatabaseDirectory {peer.Folder}/db
        TCPSocket {peer.Port}
        TCPAddr 127.0.0.1
        TemporaryDirectory {peer.Folder}
        Foreground yes
        """)]);

    private readonly RSA _key = RSA.Create(2048);

    public FilterPeers()
    {
        ClamAv = new FilterPeer("clamav-milter", peer => ["-c", peer.Write("milter.conf", $"""
            MilterSocket inet:{peer.Port}@127.0.0.1
            ClamdSocket tcp:127.0.0.1:{_clamd.Port}
            TemporaryDirectory {peer.Folder}
            OnInfected Reject
            RejectMsg Infected with %v
            AddHeader Replace
            Foreground yes
            """)]);
        OpenDkim = new FilterPeer("opendkim", peer => ["-f", "-x", peer.Write("opendkim.conf", $"""
            Mode s
            Socket inet:{peer.Port}@127.0.0.1
            Background no
            Syslog no
            RequireSafeKeys no
            InternalHosts 0.0.0.0/0
            Domain example.org
            Selector test
            KeyFile {peer.Write("key.pem", _key.ExportPkcs8PrivateKeyPem())}
            """)]);
    }

    /// <summary>Rspamd; mail passes without it.</summary>
    public FilterPeer Rspamd { get; } = new("rspamd", peer => ["-f", "-i", "-c", peer.Write("rspamd.conf", $$"""
        options {
          pidfile = "{{peer.Folder}}/pid";
          tempdir = "{{peer.Folder}}";
          url_tld = "{{peer.Write("names", "test\norg\n")}}";
          control_socket = "{{peer.Folder}}/control mode=0600";
          dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }
        }
        logging { type = "console"; level = "warning"; }
        metric { name = "default"; actions { reject = 15; add_header = 6; } }
        worker "rspamd_proxy" {
          bind_socket = "127.0.0.1:{{peer.Port}}";
          milter = yes;
          count = 1;
          upstream "local" { default = yes; self_scan = yes; }
        }
        modules { path = "/usr/share/rspamd/plugins/milter_headers.lua"; }
        milter_headers { use = ["x-spamd-result"]; extended_spam_headers = true; skip_local = false; skip_authenticated = false; }
        """)])
    {
        HasChildren = true,
    };

    /// <summary>ClamAV's milter; mail is refused without it.</summary>
    public FilterPeer ClamAv { get; }

    /// <summary>The milter that changes everything; mail is deferred without it.</summary>
    public FilterPeer Doer { get; } = new(
        "/usr/bin/python3", peer => [Path.Combine(AppContext.BaseDirectory, "Filters", "doer.py"), $"inet:{peer.Port}@127.0.0.1"]);

    /// <summary>The hook; mail passes without it.</summary>
    public FilterPeer Hook { get; } = new(
        "/usr/bin/python3", peer => [Path.Combine(AppContext.BaseDirectory, "Filters", "hooks.py"), $"{peer.Port}"]);

    /// <summary>OpenDKIM; mail is deferred without it.</summary>
    public FilterPeer OpenDkim { get; }

    /// <summary>Starts all of them.</summary>
    public async Task StartAsync()
    {
        _clamd.Write("db/test.ndb", $"Test.Postfleet:0:*:{Convert.ToHexStringLower("POSTFLEET-TEST-VIRUS"u8)}\n");
        await Task.WhenAll(Rspamd.StartAsync(), Doer.StartAsync(), Hook.StartAsync(), OpenDkim.StartAsync(), _clamd.StartAsync());
        await ClamAv.StartAsync();
    }

    /// <summary>Section <c>Filters</c> of the node.</summary>
    public JsonArray ToJson() =>
    [
        Of("rspamd", Rspamd, "accept"), Of("clamav", ClamAv, "refuse"), Of("doer", Doer, "defer"),
        new JsonObject
        {
            ["Name"] = "hook",
            ["Protocol"] = "hooks",
            ["Url"] = $"http://127.0.0.1:{Hook.Port}/",
            ["OnFailure"] = "accept",
            ["ContentTimeout"] = "2s",
        },
        Of("opendkim", OpenDkim, "defer"),
    ];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var peer in (FilterPeer[])[Rspamd, ClamAv, Doer, Hook, OpenDkim, _clamd]) await peer.DisposeAsync();
        _key.Dispose();
    }

    private static JsonObject Of(string name, FilterPeer peer, string onFailure) => new()
    {
        ["Name"] = name,
        ["Endpoint"] = $"127.0.0.1:{peer.Port}",
        ["OnFailure"] = onFailure,
        ["ConnectTimeout"] = "2s",
        ["CommandTimeout"] = "2s",
        ["ContentTimeout"] = "5s",
    };
}

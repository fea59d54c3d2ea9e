using System.Security.Cryptography;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>OpenDKIM, Rspamd and ClamAV's milter as filters, each with the configuration of docs/filters.md.</summary>
public sealed class FilterPeerTests
{
    private const string Message = "From: a@example.org\r\nTo: b@y.test\r\nSubject: x\r\nDate: Mon, 2 Mar 2026 12:00:00 +0000\r\n"
        + "Message-ID: <1@example.org>\r\n\r\n";

    // The test string of filters against unsolicited mail, in two parts so that this file is not refused by one.
    private const string Unsolicited = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

    [Fact]
    public async Task OpenDkim_signs_and_another_OpenDkim_verifies()
    {
        using var key = RSA.Create(2048);
        var record = $"v=DKIM1; k=rsa; p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}";
        await using var signer = new MilterProcess();
        await StartOpenDkimAsync(signer, "s", $"""
            Domain example.org
            Selector test
            KeyFile {signer.Write("key.pem", key.ExportPkcs8PrivateKeyPem())}
            Canonicalization relaxed/simple
            """);
        await using var verifier = new MilterProcess();
        await StartOpenDkimAsync(verifier, "v", $"""
            TestPublicKeys {verifier.Write("keys", $"test._domainkey.example.org {record}\n")}
            AuthservID mx.example.org
            AlwaysAddARHeader yes
            """);

        var (reply, message) = await SendAsync("hi\r\n", signer.Options("sign"), verifier.Options("verify"));
        Assert.StartsWith("250 ", reply, StringComparison.Ordinal);
        var content = World.ContentOf(message!);
        Assert.Contains("\r\nDKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=test;", content,
            StringComparison.Ordinal);
        Assert.Contains("dkim=pass", content, StringComparison.Ordinal);
        var dns = new ZoneDns().Text("test._domainkey.example.org", record);
        var results = await DkimVerifier.VerifyAsync(
            MessageHeader.Read(message!.Content.Octets), dns, DateTimeOffset.UtcNow, DkimVerifier.DefaultMaxSignatures, default);
        Assert.Equal(DkimStatus.Pass, Assert.Single(results).Status);
    }

    [Fact]
    public async Task Rspamd_marks_mail_and_refuses_what_is_unsolicited()
    {
        await using var rspamd = new MilterProcess { HasChildren = true };
        var folder = rspamd.Folder.FullPath;
        // The public suffix list takes seconds to compile.
        rspamd.Write("names", "test\norg\n");
        rspamd.Start("rspamd", "-f", "-i", "-c", rspamd.Write("rspamd.conf", $$"""
            options {
              pidfile = "{{folder}}/pid";
              tempdir = "{{folder}}";
              url_tld = "{{folder}}/names";
              control_socket = "{{folder}}/control mode=0600";
              dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }
            }
            logging { type = "console"; level = "warning"; }
            metric { name = "default"; actions { reject = 15; add_header = 6; } }
            worker "rspamd_proxy" {
              bind_socket = "{{rspamd.Endpoint}}";
              milter = yes;
              count = 1;
              upstream "local" { default = yes; self_scan = yes; }
            }
            modules { path = "/usr/share/rspamd/plugins/milter_headers.lua"; }
            milter_headers { use = ["x-spamd-result"]; extended_spam_headers = true; skip_local = false; skip_authenticated = false; }
            """));
        await rspamd.ReadyAsync();

        var (reply, message) = await SendAsync("hi\r\n", rspamd.Options("rspamd"));
        Assert.StartsWith("250 ", reply, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Spamd-Result: default: False [0.00 / 15.00]\r\n", World.ContentOf(message!), StringComparison.Ordinal);
        (reply, message) = await SendAsync($"{Unsolicited}\r\n", rspamd.Options("rspamd"));
        Assert.Equal("554 5.7.1 Gtube pattern", reply);
        Assert.Null(message);
    }

    [Fact]
    public async Task ClamAv_marks_mail_and_refuses_what_is_infected()
    {
        await using var clam = new MilterProcess();
        var folder = clam.Folder.FullPath;
        Directory.CreateDirectory(clam.Folder["db"]);
        clam.Write("db/test.ndb", $"Test.Postfleet:0:*:{Convert.ToHexStringLower("POSTFLEET-TEST-VIRUS"u8)}\n");
        clam.Start("clamd", "-c", clam.Write("clamd.conf", $"""
            DatabaseDirectory {folder}/db
            LocalSocket {folder}/clamd
            TemporaryDirectory {folder}
            Foreground yes
            """));
        await Eventually.True(() => File.Exists(clam.Folder["clamd"]), TimeSpan.FromSeconds(60), "clamd has no socket");
        clam.Start("clamav-milter", "-c", clam.Write("milter.conf", $"""
            MilterSocket inet:{clam.Endpoint.Port}@127.0.0.1
            ClamdSocket unix:{folder}/clamd
            TemporaryDirectory {folder}
            OnInfected Reject
            RejectMsg Infected with %v
            AddHeader Replace
            Foreground yes
            """));
        await clam.ReadyAsync();

        var (reply, message) = await SendAsync("hi\r\n", clam.Options("clamav"));
        Assert.StartsWith("250 ", reply, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Virus-Status: Clean\r\n", World.ContentOf(message!), StringComparison.Ordinal);
        (reply, message) = await SendAsync("POSTFLEET-TEST-VIRUS\r\n", clam.Options("clamav"));
        Assert.StartsWith("550 5.7.1 Infected with Test.Postfleet", reply, StringComparison.Ordinal);
        Assert.Null(message);
    }

    private static async Task StartOpenDkimAsync(MilterProcess process, string mode, string lines)
    {
        process.Start("opendkim", "-f", "-x", process.Write("opendkim.conf", $"""
            Mode {mode}
            Socket inet:{process.Endpoint.Port}@127.0.0.1
            Background no
            Syslog no
            RequireSafeKeys no
            {(mode == "v" ? "InternalHosts 192.0.2.1" : "InternalHosts 0.0.0.0/0")}
            {lines}
            """));
        await process.ReadyAsync();
    }

    private static async Task<(string Reply, Submission? Message)> SendAsync(string body, params FilterOptions[] filters)
    {
        var world = new World(filters: filters);
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        await client.ExpectAsync("220 *", "250 mx*", "250 2.1.0 *", "250 2.1.5 *", "354 *");
        await client.SendAsync($"{Message}{body}.\r\n");
        var reply = (await client.ReadLineAsync())!;
        Assert.Empty(world.Log.Of("filter failed"));
        return (reply, world.Submission.Stored is [.., var last] ? last : null);
    }
}

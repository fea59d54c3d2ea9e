using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Postfleet.EndToEnd.Tests.Membership;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>A node that cannot start prints the reason in one line on standard error and exits with code 2.</summary>
public sealed partial class BadStartTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new("bad-start");

    [Theory]
    [InlineData("Listeners:0:Endpoint", "the listener 127.0.0.1:{0} cannot be opened: the port is in use")]
    [InlineData("Admin:Endpoint", "Admin:Endpoint 127.0.0.1:{0} cannot be listened on: the port is in use")]
    [InlineData("Cluster:Port", "Cluster:Port {0} on 127.0.0.1 cannot be listened on: the port is in use")]
    public async Task A_port_that_is_in_use(string key, string expected)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var node = new PostfleetNode(new NodeSpec
        {
            ClusterHost = "127.0.0.1",
            Configure = json =>
            {
                switch (key)
                {
                    case "Listeners:0:Endpoint": json["Listeners"]![0]!["Endpoint"] = $"127.0.0.1:{port}"; break;
                    case "Admin:Endpoint": json["Admin"]!["Endpoint"] = $"127.0.0.1:{port}"; break;
                    default: json["Cluster"]!["Port"] = port; break;
                }
            },
        });
        Assert.Equal(
            "postfleet: " + string.Format(System.Globalization.CultureInfo.InvariantCulture, expected, port), await FailAsync(node));
    }

    [Fact]
    public async Task A_port_of_the_cluster_that_another_node_has()
    {
        await using var first = new PostfleetNode(new NodeSpec { ClusterHost = "127.0.0.1" });
        await first.StartAsync();
        var up = await first.Process.WaitForLineAsync(" node up node=127.0.0.1:", Limit);
        var port = int.Parse(up.Split("node=127.0.0.1:")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        await using var second = new PostfleetNode(
            new NodeSpec { ClusterHost = "127.0.0.1", Configure = json => json["Cluster"]!["Port"] = port });
        Assert.Equal($"postfleet: Cluster:Port {port} on 127.0.0.1 cannot be listened on: the port is in use", await FailAsync(second));
    }

    [Theory]
    [InlineData("192.0.2.1", "this machine does not have the address")]
    [InlineData("no-such-name.invalid", "the name does not resolve")]
    public async Task A_host_of_the_cluster_that_is_not_this_machine(string host, string cause)
    {
        await using var node = new PostfleetNode(new NodeSpec { ClusterHost = host });
        Assert.Equal($"postfleet: Cluster:Host {host} cannot be listened on: {cause}", await FailAsync(node));
    }

    [Theory]
    [InlineData("Authority", "cannot be read: ")]
    [InlineData("Certificate", "cannot be read: ")]
    [InlineData("Key", "cannot be read: ")]
    [InlineData("Foreign", "would be refused by the other nodes: ")]
    public async Task Unusable_cluster_certificate(string which, string expected)
    {
        using var certificates = new ClusterCertificates("cluster");
        using var foreign = new ClusterCertificates("another cluster");
        await using var node = new PostfleetNode(new NodeSpec
        {
            Configure = json =>
            {
                certificates.Apply(json);
                var tls = json["Cluster"]!["Tls"]!;
                if (which == "Foreign") tls["Authority"] = foreign.Authority;
                else tls[which] = _folder["missing.pem"];
            },
        });
        var error = await FailAsync(node);
        Assert.StartsWith("postfleet: Cluster:Tls:", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_where_the_data_folder_should_be()
    {
        var file = _folder["data"];
        await File.WriteAllTextAsync(file, "a file");
        await using var node = Storing(file);
        Assert.Contains(file, await FailAsync(node), StringComparison.Ordinal);
        Assert.Equal("a file", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_written()
    {
        // No user, not even root, can create a folder there.
        const string Folder = "/proc/postfleet";
        await using var node = Storing(Folder);
        Assert.Contains(Folder, await FailAsync(node), StringComparison.Ordinal);
    }

    /// <summary>Linux remounts a disk with errors as read-only.</summary>
    [MountFact]
    public async Task A_data_folder_on_a_volume_that_is_read_only()
    {
        await using var before = new PostfleetNode(new NodeSpec());
        await before.StartAsync();
        Assert.Equal(0, await before.TerminateAsync());
        await using var node = new PostfleetNode(new NodeSpec
        {
            Configure = json => json["Storage"]!["Path"] = before.Data,
            Wrap = (process, _) => process with
            {
                File = "unshare",
                Arguments =
                [
                    "--mount", "sh", "-c", "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && shift && exec \"$@\"", "sh",
                    before.Data,
                    process.File, .. process.Arguments,
                ],
            },
        });
        var error = await FailAsync(node);
        Assert.Contains(before.Data, error, StringComparison.Ordinal);
        Assert.Contains("read-only", error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_data_folder_that_another_node_uses()
    {
        await using var first = new PostfleetNode(new NodeSpec());
        await first.StartAsync();
        await using var second = Storing(first.Data);
        Assert.Contains(first.Data, await FailAsync(second), StringComparison.Ordinal);
        // The first node continues.
        using (var client = await SmtpClientLite.ConnectAsync(first.Relay))
        {
            await client.CommandAsync("EHLO test");
            Assert.Equal(250, (await client.SendMessageAsync("a@source.test", ["b@anything.test"], "Subject: x\r\n\r\n"u8.ToArray())).Code);
        }

        await first.WaitEmptyAsync(Limit);
    }

    [Fact]
    public async Task A_database_that_does_not_answer()
    {
        var port = FreePort.Tcp();
        await using var node = new PostfleetNode(
            new NodeSpec { Postgres = $"Host=127.0.0.1;Port={port};Username=postfleet;Password=secret" });
        var line = await FailAsync(node);
        Assert.Contains($"127.0.0.1:{port}", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_key_and_an_invalid_value()
    {
        await using var node = new PostfleetNode(
            new NodeSpec { Configure = json => json["Queues"] = new JsonObject { ["FirstRetri"] = "5m" } });
        var line = await FailAsync(node);
        Assert.Contains("Queues:FirstRetri", line, StringComparison.Ordinal);
        await using var other = new PostfleetNode(
            new NodeSpec { Configure = json => json["Queues"] = new JsonObject { ["FirstRetry"] = "soon" } });
        line = await FailAsync(other);
        Assert.Contains("Queues:FirstRetry", line, StringComparison.Ordinal);
        Assert.Contains("soon", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_admin_endpoint_that_is_open_to_the_world_without_a_token()
    {
        await using var node = new PostfleetNode(new NodeSpec { Configure = json => json["Admin"]!["Endpoint"] = "0.0.0.0:0" });
        Assert.Contains("Admin:Token", await FailAsync(node), StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static PostfleetNode Storing(string path) => new(new NodeSpec { Configure = json => json["Storage"]!["Path"] = path });

    // The single line of standard error. The log has neither an error nor a stack trace.
    private static async Task<string> FailAsync(PostfleetNode node)
    {
        var process = node.Launch();
        Assert.True(await process.WaitForExitAsync(Limit) == 2, process.Failure("did not exit with code 2").Message);
        Assert.DoesNotContain(process.Output, line => LogError().IsMatch(line) || line.Contains("   at ", StringComparison.Ordinal));
        return Assert.Single(process.Errors);
    }

    [GeneratedRegex(@"^\S+ (error|fatal) ")]
    private static partial Regex LogError();
}

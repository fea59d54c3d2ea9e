using System.Net.Sockets;
using System.Text;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Monitoring;

/// <summary>Tests what a service of <c>Type=notify</c> tells systemd.</summary>
public sealed class SystemdTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Systemd_learns_when_the_node_accepts_mail_that_it_lives_and_when_it_stops()
    {
        using var folder = new TempFolder("systemd");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder["notify"]));
        await using var node = new PostfleetNode(new NodeSpec
        {
            Environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = folder["notify"], ["WATCHDOG_USEC"] = "600000" },
        });
        await node.StartAsync();
        Assert.Equal("READY=1", await ReceiveAsync(socket));
        Assert.Equal("WATCHDOG=1", await ReceiveAsync(socket));
        Assert.Equal("WATCHDOG=1", await ReceiveAsync(socket));
        Assert.Equal(0, await node.TerminateAsync());
        string state;
        do state = await ReceiveAsync(socket);
        while (state == "WATCHDOG=1");
        Assert.Equal("STOPPING=1", state);
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(Limit);
        var buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token));
    }
}

using System.Net.Sockets;
using System.Text;
using Postfleet.Node.Hosting;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Node.Tests.Hosting;

public sealed class SystemdNotifierTests : IDisposable
{
    private readonly TempFolder _folder = new("notify");
    private readonly LogCollector _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void State_goes_to_a_socket_with_a_path()
    {
        using var socket = Bind(_folder["notify"]);
        SystemdNotifier.Send(SystemdNotifier.Ready, _folder["notify"], _log);
        Assert.Equal("READY=1", Receive(socket));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void State_goes_to_a_socket_with_an_abstract_name()
    {
        var name = $"postfleet-{Guid.NewGuid():N}";
        using var socket = Bind("\0" + name);
        SystemdNotifier.Send(SystemdNotifier.Stopping, "@" + name, _log);
        Assert.Equal("STOPPING=1", Receive(socket));
    }

    [Fact]
    public void Time_of_a_reload_is_the_monotonic_clock_in_microseconds()
    {
        var before = Environment.TickCount64 * 1000;
        var lines = SystemdNotifier.Reloading().Split('\n');
        Assert.Equal("RELOADING=1", lines[0]);
        // The tick count leaves out suspension only on machines that were suspended; it is in steps of some milliseconds.
        Assert.InRange(long.Parse(lines[1]["MONOTONIC_USEC=".Length..], null), before - 100_000, before + 10_000_000);
    }

    [Theory]
    [InlineData("missing")]
    // The address of a socket has 108 octets.
    [InlineData("a-longer-name/than-the-address-of-a-socket-has/so-that-no-socket/can-be-bound/nor-connected/to-it-at-all")]
    public void Failure_is_logged_with_the_socket(string name)
    {
        SystemdNotifier.Send(SystemdNotifier.Ready, _folder[name], _log);
        Assert.Equal(_folder[name], Assert.Single(_log.Lines, line => line.Name == "systemd not told").Fields["Socket"]);
    }

    private static Socket Bind(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static string Receive(Socket socket)
    {
        var buffer = new byte[1024];
        return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
    }
}

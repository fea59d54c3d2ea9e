using System.Net;
using System.Net.Sockets;
using Postfleet.Core;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class NodeAddressTests
{
    [Theory]
    [InlineData("Host=/var/run/postgresql;Database=mail")]
    [InlineData("Host=@postgres;Database=mail")]
    public async Task Unix_socket_gives_loopback(string connectionString) =>
        Assert.Equal("127.0.0.1", await NodeAddress.FindAsync(connectionString, default));

    [Theory]
    [InlineData("Host=127.0.0.1;Port={0}")]
    [InlineData("Host=127.0.0.1:{0}")]
    [InlineData("Host=127.0.0.1:1,127.0.0.1:{0};Target Session Attributes=primary")]
    public async Task Server_on_this_machine_gives_loopback(string connectionString)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.Equal("127.0.0.1", await NodeAddress.FindAsync(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, connectionString, port), default));
    }

    [Fact]
    public async Task Unreachable_servers_are_named_in_one_line()
    {
        var e = await Assert.ThrowsAsync<StartFailureException>(() => NodeAddress.FindAsync("Host=127.0.0.1:1,[::1]:1", default));
        Assert.StartsWith(
            "Cluster:Host is 'auto', and the address of this node is not known, because PostgreSQL cannot be reached: 127.0.0.1:1: ",
            e.Message, StringComparison.Ordinal);
        Assert.Contains("; ::1:1: ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("10.0.0.5", "10.0.0.5")]
    [InlineData("::ffff:10.0.0.5", "10.0.0.5")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "127.0.0.1")]
    [InlineData("fd00::5", "fd00::5")]
    public void Local_address_is_written_for_other_nodes(string local, string host) =>
        Assert.Equal(host, NodeAddress.Write(IPAddress.Parse(local)));

    [Fact]
    public void Address_of_one_link_is_refused() =>
        Assert.Contains(
            "set Cluster:Host", Assert.Throws<StartFailureException>(() => NodeAddress.Write(IPAddress.Parse("fe80::1%2"))).Message,
            StringComparison.Ordinal);
}

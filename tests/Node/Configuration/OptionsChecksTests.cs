using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>Values that are valid on their own but contradict each other.</summary>
public sealed class OptionsChecksTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData("--Admin:Endpoint=0.0.0.0:8025",
        "Admin:Endpoint is '0.0.0.0:8025', which is open to others, and Admin:Token is empty; allowed: a loopback address, or a token")]
    [InlineData("--Admin:Endpoint=[::]:8025",
        "Admin:Endpoint is '[::]:8025', which is open to others, and Admin:Token is empty; allowed: a loopback address, or a token")]
    [InlineData("--Admin:Endpoint=192.0.2.1:0",
        "Admin:Endpoint is '192.0.2.1:0', which is open to others, and Admin:Token is empty; allowed: a loopback address, or a token")]
    [InlineData("--Destinations:0:MaxSize=5MB",
        "Destinations:0 has none of Mx, Domain and Source; allowed: one or more, which say where the entry applies")]
    [InlineData("--Node:Roles=", "Node:Roles is empty; allowed: one or more of frontend, queue, delivery")]
    [InlineData("--Node:Roles=queue,queue,delivery", "Node:Roles has 'queue' 2 times; allowed: each role once")]
    [InlineData("--Node:Roles=frontend",
        "Node:Roles lacks 'queue', 'delivery' and Storage:Provider is 'sqlite'; allowed: queue and delivery too, since no other node can use this storage")]
    [InlineData("--Cluster:Seeds=127.0.0.2:4053",
        "Storage:Provider is 'sqlite' and Cluster:Seeds is not empty; allowed: postgres, since all nodes of a cluster share their storage")]
    [InlineData("--Cluster:Tls:Key=node.key",
        "Cluster:Tls has some of Certificate, Key and Authority; allowed: all three, or none for traffic in the clear")]
    [InlineData("--Storage:Provider=postgres",
        "Storage:ConnectionString is empty; allowed with Storage:Provider 'postgres': a connection string, such as Host=db;Database=postfleet")]
    [InlineData("--Smtp:MaxBodyMemory=24MB", "Smtp:MaxBodyMemory is '24MB'; allowed: at least Smtp:MaxMessageSize, which is 25MB")]
    [InlineData("--Smtp:MaxConnectionsPerNetwork=199",
        "Smtp:MaxConnectionsPerNetwork is '199'; allowed: at least Smtp:MaxConnectionsPerAddress, which is 200")]
    [InlineData("--Queues:FirstRetry=5h", "Queues:MaxRetry is '4h'; allowed: at least Queues:FirstRetry, which is 5h")]
    [InlineData("--Queues:Lifetime=1h", "Queues:Lifetime is '1h'; allowed: at least Queues:MaxRetry, which is 4h")]
    [InlineData("--Listeners:0:Endpoint=127.0.0.1:4053",
        "Listeners:0:Endpoint is '127.0.0.1:4053', as is Cluster:Port; allowed: an endpoint of its own")]
    [InlineData("--Listeners:0:Endpoint=0.0.0.0:4053",
        "Listeners:0:Endpoint is '0.0.0.0:4053', which overlaps with Cluster:Port '4053'; allowed: an endpoint of its own")]
    [InlineData("--Listeners:0:Endpoint=[::]:8025",
        "Listeners:0:Endpoint is '[::]:8025', which overlaps with Admin:Endpoint '127.0.0.1:8025'; allowed: an endpoint of its own")]
    [InlineData("--Cluster:Port=8025", "Cluster:Port is '8025', as is Admin:Endpoint; allowed: an endpoint of its own")]
    [InlineData("--Listeners:0:Endpoint=127.0.0.1:8025",
        "Listeners:0:Endpoint is '127.0.0.1:8025', as is Admin:Endpoint; allowed: an endpoint of its own")]
    [InlineData("--Cluster:Host=0.0.0.0",
        "Cluster:Host is '0.0.0.0'; allowed: auto, a host name, or the IP address of one machine (command line --Cluster:Host)")]
    [InlineData(
        "--Cluster:Host=::",
        "Cluster:Host is '::'; allowed: auto, a host name, or the IP address of one machine (command line --Cluster:Host)")]
    [InlineData("--Listeners:0:Endpoint=224.0.0.1:25",
        "Listeners:0:Endpoint is '224.0.0.1:25'; allowed: address:port, with IPv6 addresses in brackets (command line --Listeners:0:Endpoint)")]
    [InlineData("--Listeners:0:Endpoint=[::ffff:127.0.0.1]:25",
        "Listeners:0:Endpoint is '[::ffff:127.0.0.1]:25'; allowed: address:port, with IPv6 addresses in brackets (command line --Listeners:0:Endpoint)")]
    [InlineData("--Relay:TrustedNetworks=::ffff:10.0.0.0/104",
        "Relay:TrustedNetworks:0 is '::ffff:10.0.0.0/104'; allowed: a network in CIDR form without host bits, such as 10.0.0.0/8 (command line --Relay:TrustedNetworks)")]
    public void A_contradiction_is_refused(string argument, string error)
    {
        _sources.Arguments.Add(argument);

        Assert.Equal(error, _sources.LoadError());
    }

    [Theory]
    [InlineData("capture", "Tls=require", "Routes:0:To is 'capture', and the route has Tls, Source, Hostname, EightBit or LongLines; allowed: these where mail leaves over a network")]
    [InlineData("mx", "User=a,Password=b", "Routes:0:To is 'mx', and the route has a User; allowed: a user for one named host")]
    [InlineData("smtp://h.test:25", "User=a",
        "Routes:0 has one of User and Password; allowed: User with Password or PasswordFile, or none of them")]
    [InlineData("smtp://h.test:25", "Password=a",
        "Routes:0 has one of User and Password; allowed: User with Password or PasswordFile, or none of them")]
    [InlineData("smtp://h.test:25", "User=a,Password=b,PasswordFile=c", "Routes:0 has Password and PasswordFile; allowed: one of them")]
    [InlineData("smtps://h.test:465", "Tls=opportunistic",
        "Routes:0:Tls is 'opportunistic', and Routes:0:To is 'smtps://h.test:465'; allowed: require or verify, since smtps is TLS from its start")]
    [InlineData("lmtp:///run/lmtp", "Source=192.0.2.1",
        "Routes:0:To is 'lmtp:///run/lmtp', and the route has Tls or Source; allowed: neither for a socket of this machine")]
    [InlineData("smtp://h.test:25", "User=a,Password=b,Tls=none",
        "Routes:0:Tls is 'none' and the route has a User; allowed: require or verify, or Routes:0:AuthInClear 'allow'")]
    [InlineData("mx", "Source=0.0.0.0",
        "Routes:0:Source is '0.0.0.0'; allowed: the name of a source, an IP address, an IPv4 and an IPv6 one with a comma between, or empty (command line --Routes:0:Source)")]
    [InlineData("smtps://h.test:465", "User=a,PasswordFile=b,Source=192.0.2.1,Hostname=out.test", null)]
    [InlineData("mx", "Tls=verify,Source=192.0.2.1,Hostname=out.test", null)]
    [InlineData("smtp://h.test:25", "User=a,Password=b,Tls=none,AuthInClear=allow", null)]
    public void A_route_has_only_what_goes_with_its_target(string to, string settings, string? error)
    {
        _sources.Arguments.AddRange(
            ["--Routes:0:Domain=*", $"--Routes:0:To={to}", .. settings.Split(',').Select(setting => $"--Routes:0:{setting}")]);

        if (error is null) Assert.Equal(to, $"{_sources.LoadOptions().Routes[0].To}");
        else Assert.Equal(error, _sources.LoadError());
    }

    [Theory]
    [InlineData("Relay:Postmaster", "admin@other.example",
        "Relay:Postmaster is 'admin@other.example', and no route takes mail for other.example; {0}")]
    [InlineData("Relay:Postmaster", "admin@[192.0.2.1]",
        "Relay:Postmaster is 'admin@[192.0.2.1]', and no route takes mail for [192.0.2.1]; {0}")]
    [InlineData("Relay:Postmaster", "admin@closed.example",
        "Relay:Postmaster is 'admin@closed.example', and Routes:1:To is 'reject' for closed.example; {0}")]
    [InlineData("Notifications:Copies", "a@hosted.example,admin@example",
        "Notifications:Copies:1 is 'admin@example', and no route takes mail for example; {0}")]
    [InlineData("Notifications:Copies", "admin@closed.example",
        "Notifications:Copies:0 is 'admin@closed.example', and Routes:1:To is 'reject' for closed.example; {0}")]
    [InlineData("Relay:Domains", "hosted.example,other.example",
        "Relay:Domains:1 is 'other.example', and no route takes mail for it; allowed: a domain that a route takes")]
    [InlineData("Relay:Domains", "*.other.example",
        "Relay:Domains:0 is '*.other.example', and no route takes mail for it; allowed: a domain that a route takes")]
    [InlineData("Relay:Domains", "*.ed.example",
        "Relay:Domains:0 is '*.ed.example', and no route takes mail for it; allowed: a domain that a route takes")]
    public void Domains_without_a_route_are_refused(string key, string value, string error)
    {
        SetRoutes("hosted.example=mx", "closed.example=reject", "*.wide.example=smtp://h.test:25");
        _sources.Arguments.Add($"--{key}={value}");

        Assert.Equal(
            error.Replace("{0}", "allowed: an address at a domain that a route takes", StringComparison.Ordinal), _sources.LoadError());
    }

    [Theory]
    [InlineData("Relay:Postmaster", "admin@Hosted.example")]
    [InlineData("Notifications:Copies", "admin@a.wide.example")]
    [InlineData("Relay:Domains", "closed.example,hosted.example")]
    [InlineData("Relay:Domains", "*.example,*.wide.example,*.a.wide.example")]
    public void Domains_with_a_route_are_allowed(string key, string value)
    {
        SetRoutes("hosted.example=mx", "closed.example=reject", "*.wide.example=smtp://h.test:25");
        _sources.Arguments.Add($"--{key}={value}");

        Assert.NotNull(_sources.LoadOptions());
    }

    [Theory]
    [InlineData("127.0.0.1:2525", "smtp://127.0.0.1:2525")]
    [InlineData("0.0.0.0:2525", "lmtp://localhost:2525")]
    [InlineData("[::]:2525", "smtps://[::1]:2525")]
    public void A_route_to_a_listener_of_the_node_is_refused(string listener, string to)
    {
        _sources.Arguments.AddRange([$"--Listeners:0:Endpoint={listener}", "--Routes:0:Domain=*", $"--Routes:0:To={to}"]);

        Assert.Equal($"Routes:0:To is '{to}', as is Listeners:0:Endpoint, so that mail would loop; allowed: another server", _sources
            .LoadError());
    }

    [Fact]
    public void The_port_of_a_cluster_on_localhost_is_no_listener()
    {
        _sources.Arguments.AddRange(["--Cluster:Host=localhost", "--Listeners:0:Endpoint=127.0.0.1:4053"]);

        Assert.Equal("Listeners:0:Endpoint is '127.0.0.1:4053', as is Cluster:Port; allowed: an endpoint of its own", _sources.LoadError());
    }

    [Fact]
    public void Two_listeners_on_one_endpoint_are_refused()
    {
        _sources.Arguments.AddRange(["--Listeners:0:Endpoint=[::1]:25", "--Listeners:1:Endpoint=[0:0::1]:25"]);

        Assert.Equal(
            "Listeners:1:Endpoint is '[::1]:25', as is Listeners:0:Endpoint; allowed: an endpoint of its own", _sources.LoadError());
    }

    [Theory]
    [InlineData("--Tls:Certificate=tls.crt", "Tls:Key is empty; allowed: both Tls:Certificate and Tls:Key, or none of them")]
    [InlineData("--Tls:Key=tls.key", "Tls:Certificate is empty; allowed: both Tls:Certificate and Tls:Key, or none of them")]
    [InlineData("--Listeners:0:ImplicitTls=true", "Listeners:0:ImplicitTls is 'true'; allowed: false, since Tls:Certificate is empty")]
    [InlineData(
        "--Listeners:0:ProxyProtocol=true", "Listeners:0:ProxyProtocol is 'true'; allowed: false, since Smtp:TrustedProxies is empty")]
    public void Missing_settings_of_a_listener_are_refused(string argument, string error)
    {
        _sources.Arguments.AddRange(["--Listeners:0:Endpoint=127.0.0.1:0", argument]);

        Assert.Equal(error, _sources.LoadError());
    }

    [Theory]
    [InlineData("0.0.0.0:25", "127.0.0.1:25")]
    [InlineData("[::1]:25", "[::]:25")]
    public void A_listener_on_all_addresses_beside_one_on_an_address_of_the_same_family_is_refused(string first, string second)
    {
        _sources.Arguments.AddRange([$"--Listeners:0:Endpoint={first}", $"--Listeners:1:Endpoint={second}"]);

        Assert.Equal(
            $"Listeners:1:Endpoint is '{second}', which overlaps with Listeners:0:Endpoint '{first}'; allowed: an endpoint of its own",
            _sources.LoadError());
    }

    [Theory]
    [InlineData("[::]:25", "0.0.0.0:25")]
    [InlineData("127.0.0.1:25", "[::]:25")]
    public void Listeners_of_both_families_may_share_a_port(string first, string second)
    {
        _sources.Arguments.AddRange([$"--Listeners:0:Endpoint={first}", $"--Listeners:1:Endpoint={second}"]);

        Assert.Equal(2, _sources.LoadOptions().Listeners.Count);
    }

    [Theory]
    [InlineData("127.0.0.1", "mail-0.example.org:4053")]
    [InlineData("localhost", "192.0.2.1:4053")]
    [InlineData("::1", "[2001:db8::1]:4053")]
    public void A_host_on_loopback_is_refused_where_seeds_are_elsewhere(string host, string seed)
    {
        _sources.Arguments.AddRange(
            ["--Storage:Provider=postgres", "--Storage:ConnectionString=Host=db", $"--Cluster:Host={host}",
                $"--Cluster:Seeds=127.0.0.1:4054,{seed}"]);

        Assert.Equal(
            $"Cluster:Host is '{host}' and Cluster:Seeds has '{seed}'; allowed: a name or address by which nodes on other machines reach this one",
            _sources.LoadError());
    }

    [Fact]
    public void Port_0_may_repeat()
    {
        _sources.Arguments.AddRange(
            ["--Listeners:0:Endpoint=127.0.0.1:0", "--Listeners:1:Endpoint=127.0.0.1:0", "--Admin:Endpoint=127.0.0.1:0"]);

        Assert.Equal(2, _sources.LoadOptions().Listeners.Count);
    }

    [Fact]
    public void Times_of_a_domain_are_checked_against_inherited_times()
    {
        _sources.Arguments.AddRange(["--Queues:Domains:0:Domain=a.example", "--Queues:Domains:0:Lifetime=1h"]);

        Assert.Equal(
            "Queues:Domains:0:Lifetime is '1h'; allowed: at least Queues:MaxRetry, which is 4h", _sources.LoadError());
    }

    [Theory]
    [InlineData("--Admin:Endpoint=0.0.0.0:8025", "--Admin:Token=secret")]
    [InlineData("--Admin:Endpoint=[::1]:8025", "--Admin:Token=")]
    [InlineData("--Queues:FirstRetry=4h", "--Queues:Lifetime=4h")]
    [InlineData("--Queues:FirstRetry=100ms", "--Queues:MaxRetry=100ms")]
    [InlineData("--Smtp:MaxBodyMemory=25MB", "--Smtp:MaxMessageSize=25MB")]
    public void Settings_at_the_limit_of_compatibility_are_allowed(string first, string second)
    {
        _sources.Arguments.AddRange([first, second]);

        Assert.NotNull(_sources.LoadOptions());
    }

    private void SetRoutes(params string[] routes)
    {
        foreach (var (index, route) in routes.Index())
        {
            var (domain, to) = (route[..route.IndexOf('=')], route[(route.IndexOf('=') + 1)..]);
            _sources.Arguments.AddRange([$"--Routes:{index}:Domain={domain}", $"--Routes:{index}:To={to}"]);
        }
    }
}

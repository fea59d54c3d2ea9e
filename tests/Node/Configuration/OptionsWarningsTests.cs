using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>Allowed but probably mistaken settings.</summary>
public sealed class OptionsWarningsTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData("--Relay:TrustedNetworks=0.0.0.0/0",
        "Relay:TrustedNetworks:0 is '0.0.0.0/0', which includes addresses of strangers: "
        + "every client in it may send mail to anybody (an open relay)")]
    [InlineData("--Relay:TrustedNetworks=127.0.0.0/8,::/0",
        "Relay:TrustedNetworks:1 is '::/0', which includes addresses of strangers: "
        + "every client in it may send mail to anybody (an open relay)")]
    [InlineData("--Smtp:TrustedProxies=128.0.0.0/1 --Listeners:0:Endpoint=127.0.0.1:2525 --Listeners:0:ProxyProtocol=true",
        "Smtp:TrustedProxies:0 is '128.0.0.0/1', which includes addresses of strangers: "
        + "every client in it may claim any address with a PROXY header")]
    [InlineData("--Listeners=", "Listeners is empty and Node:Roles has 'frontend': this node accepts no mail")]
    [InlineData("--Node:Roles=queue,delivery",
        "Node:Roles lacks 'frontend' and Storage:Provider is 'sqlite': this node accepts no mail, "
        + "and only delivers mail that its storage holds")]
    [InlineData("--Relay:Domains=a.example,b.example,A.example", "Relay:Domains:2 is 'a.example', as is Relay:Domains:0")]
    [InlineData("--Dns:Servers=192.0.2.53,192.0.2.53", "Dns:Servers:1 is '192.0.2.53:53', as is Dns:Servers:0")]
    [InlineData("--Storage:ConnectionString=Host=db",
        "Storage:ConnectionString is set and Storage:Provider is 'sqlite': mail is kept in Storage:Path, and the database is not used")]
    [InlineData(
        "--Smtp:TrustedProxies=10.0.0.0/8", "Smtp:TrustedProxies is not empty and no listener has ProxyProtocol: no PROXY header is read")]
    [InlineData("--Routes:0:Domain=* --Routes:0:To=smtp://relay.example.org:25 --Routes:0:AuthInClear=allow",
        "Routes:0:AuthInClear is 'allow', and the route has no User whose password it is about")]
    [InlineData("--Listeners:0:Endpoint=127.0.0.1:2525 --Listeners:0:Stream=News --Streams:0:Name=bulk",
        "Listeners:0:Stream is 'news', which is not in Streams: its mail has the weight 1 and the times of all mail")]
    [InlineData("--Listeners:0:Endpoint=192.0.2.1:25",
        "Listeners:0:Endpoint is '192.0.2.1:25', which is no address of this machine: here the listener cannot be opened")]
    [InlineData("--Listeners:0:Service=inbound --Listeners:0:Endpoint=127.0.0.1:2525 --Inbound:Domains=a.example "
        + "--Inbound:DnsLists:0:Zone=wl.example --Inbound:DnsLists:0:Weight=-2 --Inbound:DnsLists:0:Kind=helo "
        + "--Inbound:DnsListScore=true",
        "Inbound:DnsLists:0:Weight is '-2' and Inbound:DnsLists:0:Kind is 'helo': every stranger can claim a listed name and gets the "
        + "weight; lists of wanted clients are safe by address")]
    [InlineData("--Suppression:Rules:0:Class=Moved --Suppression:Rules:1:Class=spam",
        "Suppression:Rules:1:Class is 'spam', whose failures say nothing about the recipient: it would get no mail because of a message "
        + "or a source")]
    [InlineData("--Routes:0:Domain=* --Routes:0:To=lmtp://192.0.2.1:24 --Routes:0:Proxy=defer",
        "Routes:0:Proxy is 'defer', and no listener has the service 'inbound': no mail is passed on")]
    public void A_setting_is_warned_of(string arguments, string warning)
    {
        _sources.Arguments.AddRange(arguments.Split(' '));

        Assert.Equal(warning, Assert.Single(_sources.Load().Loaded!.Warnings));
    }

    [Theory]
    [InlineData("*", "a.example", "*.example", "a.example")]
    [InlineData("*.example.org", "a.example.org")]
    [InlineData("*.example.org", "*.b.example.org")]
    [InlineData("a.example.org", "a.example.org")]
    public void A_route_behind_another_that_takes_all_its_mail_is_warned_of(params string[] domains)
    {
        foreach (var (index, domain) in domains.Append("*").Distinct().Index())
            _sources.Arguments.AddRange([$"--Routes:{index}:Domain={domain}", $"--Routes:{index}:To=mx"]);
        if (domains is ["a.example.org", "a.example.org"])
            _sources.Arguments.AddRange(["--Routes:1:Domain=a.example.org", "--Routes:2:Domain=*", "--Routes:2:To=mx"]);

        Assert.Contains(
            $"Routes:1:Domain is '{domains[1]}', which is never used: Routes:0:Domain '{domains[0]}' matches first",
            _sources.Load().Loaded!.Warnings);
    }

    [Fact]
    public void A_route_that_only_a_move_uses_is_not_warned_of_and_takes_no_mail_by_itself()
    {
        _sources.Arguments.AddRange(
            ["--Routes:0:Domain=example.org", "--Routes:0:To=mx", "--Routes:1:Name=backup", "--Routes:1:To=capture",
            "--Relay:Domains=example.org,example.net"]);

        Assert.Equal(
            "Relay:Domains:1 is 'example.net', and no route takes mail for it; allowed: a domain that a route takes", _sources.LoadError());
        _sources.Arguments[^1] = "--Relay:Domains=example.org";
        Assert.Equal(
            "Routes has no route for '*': mail for domains that no route matches is refused",
            Assert.Single(_sources.Load().Loaded!.Warnings, warning => warning.StartsWith("Routes", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_source_address_that_the_machine_does_not_have_is_warned_of()
    {
        _sources.Arguments.AddRange(["--Routes:0:Domain=*", "--Routes:0:To=mx", "--Routes:0:Source=127.0.0.1, 2001:db8::1"]);

        Assert.Equal(
            "Routes:0:Source is '2001:db8::1', which is no address of this machine: here mail cannot leave from it, and waits",
            Assert.Single(_sources.Load().Loaded!.Warnings));
    }

    [Fact]
    public void A_token_that_can_be_guessed_is_warned_of_where_others_reach_the_endpoint()
    {
        _sources.Arguments.AddRange(["--Admin:Endpoint=0.0.0.0:8025", "--Admin:Token=secret"]);

        Assert.StartsWith("Admin:Token has 6 characters and Admin:Endpoint '0.0.0.0:8025' is open to others", Assert
            .Single(_sources.Load().Loaded!.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_without_a_domain_is_warned_of()
    {
        _sources.Arguments.Add("--Node:Hostname=laptop");

        Assert.StartsWith(
            "Node:Hostname is 'laptop', which has no domain", Assert.Single(_sources.Load().Loaded!.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("require", "refuse", "SCRAM-SHA-256 alone is used")]
    [InlineData("opportunistic", "refuse", "SCRAM-SHA-256 alone is used")]
    [InlineData("require", "unverified", "the password is shown to whatever host answers")]
    [InlineData("require", "allow", "the password is shown to whatever host answers")]
    public void A_password_for_a_host_that_proves_nothing_is_warned_of(string tls, string shown, string warning)
    {
        _sources.Arguments.AddRange(
            ["--Routes:0:Domain=*", "--Routes:0:To=smtp://relay.example.org:25", "--Routes:0:User=us", "--Routes:0:Password=x",
            $"--Routes:0:Tls={tls}", $"--Routes:0:AuthInClear={shown}"]);

        Assert.Contains(warning, Assert.Single(_sources.Load().Loaded!.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Relay:Postmaster", "Relay:Postmaster")]
    [InlineData("Notifications:Copies", "Notifications:Copies:0")]
    public void Address_at_the_own_name_with_route_mx_is_warned_of(string key, string named)
    {
        _sources.Arguments.Add($"--{key}=admin@{Sources.MachineName}");

        Assert.Equal(
            $"{named} is 'admin@{Sources.MachineName}', and Routes:1:To is 'mx' for {Sources.MachineName}, which is Node:Hostname: " +
            "the mail host of this name is most likely this node, so that the mail is never delivered; give the name a route of its own",
            Assert.Single(_sources.Load().Loaded!.Warnings));
    }

    [Fact]
    public void An_address_at_the_own_name_that_has_a_route_of_its_own_is_not_warned_of() => AssertNoWarning(
        $"--Relay:Postmaster=admin@{Sources.MachineName}", $"--Routes:0:Domain={Sources.MachineName}", "--Routes:0:To=capture",
        "--Routes:1:Domain=*", "--Routes:1:To=mx");

    [Fact]
    public void A_suffix_does_not_cover_the_name_itself() => AssertNoWarning(
        "--Routes:0:Domain=*.example.org", "--Routes:0:To=mx", "--Routes:1:Domain=example.org", "--Routes:1:To=mx", "--Routes:2:Domain=*",
        "--Routes:2:To=mx");

    [Fact]
    public void A_short_token_on_loopback_is_not_warned_of() => AssertNoWarning("--Admin:Token=secret");

    [Fact]
    public void Private_networks_are_not_warned_of() =>
        AssertNoWarning("--Relay:TrustedNetworks=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,fd00::/8,127.0.0.0/8,::1/128");

    [Fact]
    public void The_defaults_are_not_warned_of() => AssertNoWarning();

    [Fact]
    public void Domains_without_a_usable_route_are_warned_of()
    {
        _sources.Arguments.AddRange(["--Routes:0:Domain=example.org", "--Routes:0:To=mx"]);

        Assert.Equal(
            "Routes has no route for '*': mail for domains that no route matches is refused",
            Assert.Single(_sources.Load().Loaded!.Warnings));
    }

    [Fact]
    public void A_role_that_a_cluster_of_one_lacks_is_warned_of()
    {
        _sources.Arguments.AddRange(["--Node:Roles=frontend,queue", "--Storage:Provider=postgres", "--Storage:ConnectionString=Host=db"]);

        Assert.Equal(
            "Node:Roles lacks 'delivery' and Cluster:Seeds is empty: mail waits until nodes with these roles join this one",
            Assert.Single(_sources.Load().Loaded!.Warnings));
    }

    [Fact]
    public void Mail_is_passed_on_to_a_named_host_alone()
    {
        _sources.Arguments.AddRange(["--Routes:0:Domain=*", "--Routes:0:To=mx", "--Routes:0:Proxy=queue"]);

        Assert.Equal(
            "Routes:0:Proxy is 'queue', and Routes:0:To is 'mx'; allowed: none, since mail is passed on to a named host alone",
            _sources.LoadError());
    }

    [Theory]
    [InlineData("info@a.example x@b.example", "example.org", true)]
    [InlineData("info@a.example x@b.example", Sources.MachineName, false)]
    [InlineData("postmaster@a.example x@b.example", "example.org", false)]
    [InlineData("@a.example x@b.example", "example.org", false)]
    [InlineData("@a.example @b.example", "example.org", false)]
    [InlineData("@a.example @c.example", "example.org", true)]
    public void A_domain_of_aliases_whose_postmaster_gets_no_mail_is_warned_of(string entries, string routed, bool isWarned)
    {
        var file = _sources.Write($"{entries}\nu@b.example\n", "recipients");
        _sources.Arguments.AddRange(
            ["--Listeners:0:Service=inbound", "--Inbound:Domains=a.example,b.example", $"--Inbound:Recipients={file}",
            "--Listeners:0:Endpoint=127.0.0.1:2525", "--Routes:0:Domain=b.example", "--Routes:0:To=lmtp://192.0.2.1:24",
            $"--Routes:1:Domain={routed}", "--Routes:1:To=lmtp://192.0.2.1:24"]);
        var warnings = _sources.Load().Loaded!.Warnings.Where(warning => warning.Contains("postmaster", StringComparison.Ordinal));
        if (!isWarned)
        {
            Assert.Empty(warnings);
            return;
        }

        Assert.StartsWith(
            "Inbound:Domains:0 is 'a.example', no route takes mail for ", Assert.Single(warnings), StringComparison.Ordinal);
    }

    private void AssertNoWarning(params string[] arguments)
    {
        _sources.Arguments.AddRange(arguments);

        Assert.Empty(_sources.Load().Loaded!.Warnings);
    }
}

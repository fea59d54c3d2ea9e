using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Shaping;
using Xunit;

namespace Postfleet.Delivery.Tests.Shaping;

/// <summary>Which entries apply to a destination, and what they set.</summary>
public sealed class ShapingTableTests
{
    private static readonly ProviderOptions Orange = new() { Name = "orange", Mx = ".orange.fr", MaxConnections = "2", MaxRate = "5/s" };
    private static readonly DestinationRules Base = new() { MaxConnections = 20 };

    [Fact]
    public void A_site_belongs_to_the_first_provider_that_has_all_its_hosts()
    {
        var table = Table([Orange, Orange with { Name = "other", MaxConnections = "9" }]);

        Assert.Equal("orange", Shape(table, "smtp-in.orange.fr", "SMTP2.Orange.FR").Provider);
        Assert.Equal("", Shape(table, "smtp-in.orange.fr", "mx.example.net").Provider);
        Assert.Equal("", Shape(table, "orange.fr").Provider);
        Assert.Equal("", Shape(table, "lorange.fr").Provider);
    }

    [Fact]
    public void A_provider_is_found_by_any_of_its_names()
    {
        var table = Table([Orange with { Mx = ".mail.protection.outlook.com, mx.exact.test" }]);

        Assert.Equal("orange", Shape(table, "tenant-com.mail.protection.outlook.com", "mx.exact.test").Provider);
        Assert.Equal("", Shape(table, "sub.mx.exact.test").Provider);
    }

    [Fact]
    public void A_site_wins_over_its_provider_and_a_source_over_both_and_null_takes_back()
    {
        DestinationOptions[] entries =
        [
            new() { Source = "192.0.2.1", MaxConnections = "3" },
            new() { Mx = "mx.orange.fr", MaxConnections = "4", MaxRate = "null", IdleConnection = "1s" },
            new() { Mx = "mx.orange.fr", IdleConnection = "2s" },
        ];
        var table = new ShapingTable([Orange], entries);

        var rules = Shape(table, "mx.orange.fr").Apply(Base);
        Assert.Equal((4, RateList.None, TimeSpan.FromSeconds(2)), (rules.MaxConnections, rules.MaxRate, rules.IdleConnection));
        var hosts = Hosts("mx.orange.fr");
        Assert.Equal(3, table.Of(SiteNames.For(hosts, 25, "tls-verify+192.0.2.1"), hosts).Apply(Base).MaxConnections);
        Assert.Equal(4, table.Of(SiteNames.For(hosts, 25, "192.0.2.11"), hosts).Apply(Base).MaxConnections);
    }

    [Fact]
    public void Null_gives_the_limit_of_the_section_delivery()
    {
        var table = new ShapingTable([Orange], [new() { Mx = ".orange.fr", MaxConnections = "null" }]);

        Assert.Equal(20, Shape(table, "mx.orange.fr").Apply(Base).MaxConnections);
        Assert.Contains(
            new("connections", "20", "Delivery:MaxConnectionsPerSite"), Shape(table, "mx.orange.fr").Explain(new DeliveryOptions(), null));
    }

    [Fact]
    public void A_rate_with_a_day_is_a_daily_limit()
    {
        var rules = Shape(Table([Orange with { MaxRate = "20/s, 1000/h, 200000/d" }]), "mx.orange.fr").Apply(Base);

        Assert.Equal(("20/s, 1000/h", "200000/d"), (rules.MaxRate.ToString(), rules.MaxPerDay.ToString()));
    }

    [Fact]
    public void Limits_of_a_domain_are_for_its_mail_alone()
    {
        var table = new ShapingTable([Orange with { Hours = "08:00-20:00 UTC", MaxSize = "10MB" }],
            [new() { Domain = "*.example.org", Hours = "null", Tls = "verify", MaxSize = "5MB", MaxRecipientsPerTransaction = "7" }]);
        var shape = Shape(table, "mx.orange.fr");

        var (own, other) = (shape.LimitsOf("a.example.org"), shape.LimitsOf("example.net"));
        Assert.Equal((7, "5MB", null, TlsMode.Verify), (own.MaxRecipients, own.MaxSize.ToString(), own.Hours, own.Tls));
        Assert.Equal((null, "10MB", "08:00-20:00 UTC", null), (other.MaxRecipients, other.MaxSize.ToString(), $"{other.Hours}", other.Tls));
        var rules = shape.Apply(Base);
        Assert.Equal((7, Base.MaxRecipients), (rules.Of("a.example.org").MaxRecipients, rules.Of("example.net").MaxRecipients));
    }

    [Fact]
    public void Each_value_names_the_key_that_set_it()
    {
        var table = new ShapingTable([Orange], [new() { Domain = "example.org", MaxSize = "5MB" }]);
        var limits = Shape(table, "mx.orange.fr").Explain(new DeliveryOptions(), "example.org");

        Assert.Contains(new("connections", "2", "Providers:0:MaxConnections"), limits);
        Assert.Contains(new("rate", "5/s", "Providers:0:MaxRate"), limits);
        Assert.Contains(new("size", "5MB", "Destinations:0:MaxSize"), limits);
        Assert.Contains(new("dataEndTimeout", "10m", "Delivery:Timeouts:DataEnd"), limits);
        Assert.DoesNotContain(Shape(table, "mx.orange.fr").Explain(new DeliveryOptions(), "example.net"), limit => limit.Name == "size");
    }

    [Fact]
    public void Time_outs_and_recipients_apply_to_connections()
    {
        var options = Shape(Table([Orange with { DataEndTimeout = "15m", MaxRecipientsPerTransaction = "10" }]), "mx.orange.fr")
            .Apply(new DeliveryOptions());

        Assert.Equal((10, TimeSpan.FromMinutes(15)), (options.MaxRecipientsPerTransaction, options.Timeouts.DataEnd));
        Assert.Equal(new DeliveryTimeoutOptions().Greeting, options.Timeouts.Greeting);
    }

    [Fact]
    public void The_hosts_in_the_name_of_a_destination_are_known()
    {
        var hosts = Hosts("mx1.orange.fr", "mx2.orange.fr");

        Assert.Equal(["mx1.orange.fr", "mx2.orange.fr"], ShapingTable.HostsOf(SiteNames.For(hosts, 2525)).Select(host => host.Name));
        Assert.Equal(["::1"], ShapingTable.HostsOf(SiteNames.For(Hosts("::1"), 25)).Select(host => host.Name));
        Assert.Empty(ShapingTable.HostsOf(SiteNames.For(TargetKind.Capture)));
        Assert.Empty(ShapingTable.HostsOf(SiteNames.For(Hosts([.. Enumerable.Range(1, 9).Select(i => $"alt{i}.in.l.google.com")]), 25)));
    }

    [Fact]
    public void Local_destinations_have_no_limits() =>
        Assert.Same(DestinationShape.None, new ShapingTable([], [new() { Source = "default", MaxConnections = "1" }])
            .Of(SiteNames.For(TargetKind.Discard), []));

    private static ShapingTable Table(ProviderOptions[] providers) => new(providers, []);

    private static DestinationShape Shape(ShapingTable table, params string[] names) =>
        table.Of(SiteNames.For(Hosts(names), 25), Hosts(names));

    private static TargetHost[] Hosts(params string[] names) => [.. names.Select(name => new TargetHost(10, name))];
}

using Postfleet.Node.Configuration;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>Each fault is one line with the key, the value, the allowed values and the source.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Fact]
    public void Unknown_environment_variable_is_reported_with_the_closest_key()
    {
        _sources.Environment["POSTFLEET_Queues__FirtRetry"] = "5m";

        Assert.Equal(
            "unknown key 'Queues:FirtRetry' (environment POSTFLEET_Queues__FirtRetry); did you mean 'Queues:FirstRetry'?",
            _sources.LoadError());
    }

    [Theory]
    [InlineData("Listeners:3:Endpiont", "did you mean 'Listeners:3:Endpoint'?")]
    [InlineData("queue:firstretry", "did you mean 'Queues:FirstRetry'?")]
    [InlineData("MaxRecipients", "did you mean 'Smtp:MaxRecipients'?")]
    [InlineData("Storage:Bucket:Label", "allowed: Storage:Provider, Storage:Path, Storage:ConnectionString, Storage:PasswordFile")]
    [InlineData("Sandwich:Filling", "allowed: the sections Node, Cluster, Storage, Listeners, Tls, Smtp, Relay, Auth, Submission, Inbound, Rewriting, Filters, DmarcReports, Suppression, Dkim, Signing, Routes, Sources, Queues, Streams, Notifications, Delivery, Providers, Destinations, Responses, Dns, Capture, History, Admin, Metrics, Tracing, Log")]
    public void Unknown_key_is_answered_with_the_existing_keys(string key, string help)
    {
        _sources.Arguments.Add($"--{key}=x");

        Assert.Equal($"unknown key '{key}' (command line --{key}); {help}", _sources.LoadError());
    }

    [Theory]
    [InlineData("Queues:FirstRetry", "soon", "a duration of 100ms to 10d, such as 30s, 5m, 4h")]
    [InlineData("Queues:FirstRetry", "99ms", "a duration of 100ms to 10d, such as 30s, 5m, 4h")]
    [InlineData("Queues:FirstRetry", "11d", "a duration of 100ms to 10d, such as 30s, 5m, 4h")]
    [InlineData("Cluster:Port", "65536", "a whole number of 0 to 65535")]
    [InlineData("Cluster:Port", "-1", "a whole number of 0 to 65535")]
    [InlineData("Smtp:MaxRecipients", "0", "a whole number of 1 to 100000")]
    [InlineData("Smtp:MaxRecipients", "many", "a whole number of 1 to 100000")]
    [InlineData("Smtp:MaxMessageSize", "25 megabytes", "a size of 1KB to 1GB, such as 64KB, 25MB, 1GB")]
    [InlineData("Smtp:MaxMessageSize", "999", "a size of 1KB to 1GB, such as 64KB, 25MB, 1GB")]
    [InlineData("Delivery:MaxRatePerSite", "fast", "a rate of 1/h to 100000/s, such as 50/s, 1000/m, 20000/h, or empty for none")]
    [InlineData("Delivery:MaxRatePerSite", "0/s", "a rate of 1/h to 100000/s, such as 50/s, 1000/m, 20000/h, or empty for none")]
    [InlineData("Delivery:MaxRatePerSite", "50/d", "a rate of 1/h to 100000/s, such as 50/s, 1000/m, 20000/h, or empty for none")]
    [InlineData("Destinations:0:MaxConnections", "0", "a whole number of 1 to 10000, or null")]
    [InlineData("Destinations:0:Mx", "mail..example", "names of mail hosts, or .suffix for all names below it, or empty")]
    [InlineData("Destinations:0:Hours", "08:00-20:00 Europe/Atlantis",
        "HH:MM-HH:MM and a time zone, such as 08:00-20:00 Europe/Berlin, or null")]
    [InlineData("Destinations:0:MaxRate", "20/s, 30/s",
        "a rate of 1/d to 100000/s, such as 50/s, 1000/m, 20000/h, 200000/d, or a list of them with different units, or null")]
    [InlineData("Storage:Provider", "mysql", "sqlite, postgres")]
    [InlineData("Storage:Path", "", "the path of a folder")]
    [InlineData("Log:Format", "xml", "text, json")]
    [InlineData("Log:Level", "loud", "trace, debug, info, warn, error")]
    [InlineData("Node:Hostname", "not a name", "a domain name, or empty for the machine's")]
    [InlineData("Node:Roles:0", "backend", "frontend, queue, delivery")]
    [InlineData("Listeners:0:Endpoint", "2525", "address:port, with IPv6 addresses in brackets")]
    [InlineData("Cluster:Seeds:0", "host", "host:port")]
    [InlineData("Dns:Servers:0", "ns.example.org", "address or address:port")]
    [InlineData("Relay:TrustedNetworks:0", "10.0.0.1/8", "a network in CIDR form without host bits, such as 10.0.0.0/8")]
    [InlineData("Relay:Domains:0", "*", "a domain name or *.suffix")]
    public void A_bad_value_is_named_with_what_is_allowed(string key, string value, string allowed)
    {
        _sources.Arguments.Add($"--{key}={value}");

        Assert.Equal($"{key} is '{value}'; allowed: {allowed} (command line --{key})", _sources.LoadError());
    }

    [Theory]
    [InlineData(
        "--Filters:0:Name=a", "--Filters:0:Endpoint=rspamd",
        "Filters:0:Endpoint is 'rspamd'; allowed: host:port or unix:/path, or empty for hooks")]
    [InlineData(
        "--Listeners:0:Endpoint=127.0.0.1:0", "--Listeners:0:Filters=none rspamd",
        "Listeners:0:Filters is 'none rspamd'; "
        + "allowed: names of filters with spaces between them, none, or empty for those of the service")]
    [InlineData(
        "--Listeners:0:Endpoint=127.0.0.1:0", "--Listeners:0:Service=imap",
        "Listeners:0:Service is 'imap'; allowed: relay, submission, inbound")]
    [InlineData("--Routes:0:Domain=*", "--Routes:0:To=carrier pigeon",
        "Routes:0:To is 'carrier pigeon'; allowed: mx, smtp://host:port, smtps://host:port, lmtp://host:port, lmtp:///path, capture, discard or reject")]
    [InlineData("--Routes:0:To=mx", "--Routes:0:Domain=*bad*",
        "Routes:0:Domain is '*bad*'; allowed: *, *.suffix or a domain name, or empty for a route with a Name")]
    public void A_bad_value_in_an_element_is_named(string good, string bad, string error)
    {
        _sources.Arguments.AddRange([good, bad]);

        Assert.Equal($"{error} (command line {bad.Split('=')[0]})", _sources.LoadError());
    }

    [Theory]
    [InlineData("milter", "", "Filters:0:Endpoint is empty; allowed: host:port or unix:/path, since Filters:0:Protocol is 'milter'")]
    [InlineData("hooks", "", "Filters:0:Url is empty; allowed: an http or https URL, since Filters:0:Protocol is 'hooks'")]
    [InlineData(
        "milter", "--Filters:0:Endpoint=a:1 --Filters:0:Url=http://a/",
        "Filters:0:Url is 'http://a/'; allowed: empty, since Filters:0:Protocol is 'milter'")]
    [InlineData(
        "hooks", "--Filters:0:Endpoint=a:1 --Filters:0:Url=http://a/",
        "Filters:0:Endpoint is 'a:1'; allowed: empty, since Filters:0:Protocol is 'hooks'")]
    [InlineData(
        "hooks", "--Filters:0:User=ann --Filters:0:Url=http://a/",
        "Filters:0:User is 'ann'; allowed: empty, since Filters:0:SecretFile is empty")]
    public void Keys_of_a_filter_fit_its_protocol(string protocol, string more, string error)
    {
        _sources.Arguments.AddRange(["--Filters:0:Name=a", $"--Filters:0:Protocol={protocol}"]);
        _sources.Arguments.AddRange(more.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.StartsWith(error, _sources.LoadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rspamd clamav", "Listeners:0:Filters names 'clamav'; allowed: rspamd, none")]
    [InlineData("rspamd", "Listeners:0:Filters names 'rspamd'; allowed: none, since there are no Filters")]
    public void A_filter_that_a_listener_names_must_exist(string names, string error)
    {
        _sources.Arguments.AddRange(["--Listeners:0:Endpoint=127.0.0.1:0", $"--Listeners:0:Filters={names}"]);
        if (names.Contains(' ', StringComparison.Ordinal))
            _sources.Arguments.AddRange(["--Filters:0:Name=rspamd", "--Filters:0:Endpoint=127.0.0.1:11332"]);

        Assert.StartsWith(error, _sources.LoadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_value_is_refused_even_where_a_higher_layer_overrides_it()
    {
        var file = _sources.Write("""{ "Dns": { "Timeout": 5 } }""");
        _sources.Arguments.Add("--Dns:Timeout=5s");

        Assert.Equal($"Dns:Timeout is '5'; allowed: a duration of 100ms to 1m, such as 30s, 5m, 4h ({file})", _sources.LoadError());
    }

    [Fact]
    public void All_faults_are_found_at_once()
    {
        _sources.Write("""{ "Storage": { "Provider": "mysql" } }""");
        _sources.Environment["POSTFLEET_Log__Level"] = "loud";
        _sources.Arguments.AddRange(["--Cluster:Port=x", "--Nothing:Here=y"]);

        Assert.Equal(4, _sources.Load().Errors.Count);
    }

    [Fact]
    public void Values_that_contradict_each_other_are_found_beside_values_that_are_refused()
    {
        _sources.Arguments.AddRange(
            ["--Queues:FirstRetry=soon", "--Admin:Endpoint=0.0.0.0:8025", "--Queues:Lifetime=1h", "--Node:Roles=queue,backend"]);

        // Queues:Lifetime is below the default of Queues:MaxRetry. Node:Roles lacks a role only because a value was refused, so it gets no
        // second error.
        Assert.Collection(
            _sources.Load().Errors.Order(),
            error => Assert.StartsWith("Admin:Endpoint is '0.0.0.0:8025'", error, StringComparison.Ordinal),
            error => Assert.StartsWith("Node:Roles:1 is 'backend'", error, StringComparison.Ordinal),
            error => Assert.StartsWith("Queues:FirstRetry is 'soon'", error, StringComparison.Ordinal),
            error => Assert.StartsWith("Queues:Lifetime is '1h'", error, StringComparison.Ordinal));
    }

    [Fact]
    public void An_error_is_one_line_whatever_the_value()
    {
        _sources.Environment["POSTFLEET_Log__Level"] = "a\r\nb\u001b[31m";

        Assert.DoesNotContain(_sources.LoadError(), char.IsControl);
    }

    [Theory]
    [InlineData("Admin:Token", "two words")]
    [InlineData("Storage:ConnectionString", "Password")]
    public void A_secret_is_not_shown_in_an_error(string key, string value)
    {
        _sources.Arguments.Add($"--{key}={value}");

        Assert.Equal($"{key} is '***'; allowed: {KeyModel.Get(key).Rule.Allowed} (command line --{key})", _sources.LoadError());
    }

    [Theory]
    [InlineData("--Storage:Path", "--Storage:Path has no value (command line); allowed: --Storage:Path=value")]
    [InlineData("stray", "unexpected argument 'stray'; allowed: --Section:Key=value")]
    [InlineData("--Queues=5m", "Queues is '5m'; allowed: a section with FirstRetry, MaxRetry, Lifetime, DelayWarning, IdleTimeout, "
        + "Domains:#:Domain, Domains:#:FirstRetry, Domains:#:MaxRetry, Domains:#:Lifetime, Domains:#:DelayWarning (command line --Queues)")]
    public void A_bad_argument_is_named(string argument, string error)
    {
        _sources.Arguments.Add(argument);

        Assert.Equal(error, _sources.LoadError());
    }

    [Fact]
    public void Setting_is_not_taken_for_the_value_of_the_previous_setting()
    {
        _sources.Arguments.AddRange(["--Storage:Path", "--Log:Level=debug"]);

        Assert.Equal("--Storage:Path has no value (command line); allowed: --Storage:Path=value", _sources.LoadError());
    }

    [Fact]
    public void A_file_that_was_named_must_exist()
    {
        _sources.ConfigFile = "nowhere.json";

        Assert.Equal("--config is 'nowhere.json', but the file does not exist; allowed: an existing file", _sources.LoadError());
        Assert.False(File.Exists(Path.Combine(_sources.WorkingDirectory, ConfigurationLoader.DefaultFile)));
    }
}

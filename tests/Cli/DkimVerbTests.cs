using Xunit;

namespace Postfleet.Cli.Tests;

/// <summary>The verb <c>dkim</c>.</summary>
public sealed class DkimVerbTests : IAsyncLifetime
{
    private const string Key =
        """
        {"domain":"example.org","selector":"s1","stream":"","algorithm":"rsa-sha256","state":"waiting",
         "recordName":"s1._domainkey.example.org","recordTexts":["v=DKIM1; k=rsa; p=AAAA","BBBB"],"dns":"missing",
         "createdAt":"2026-11-29T17:00:00Z","publishedAt":null,"signsFrom":null,"retiredAt":null,"keepRecordUntil":null,"fault":null}
        """;

    private const string Record = """s1._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=AAAA" "BBBB" )""";

    private readonly FakeApi _api = new();

    public Task InitializeAsync() => _api.InitializeAsync();

    public Task DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_new_key_shows_the_record_to_publish()
    {
        _api.On("POST /api/v1/dkim", Key, 201);
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync(
            "dkim", "new", "example.org", "--selector", "s1", "--algorithm", "rsa", "--stream", "bulk"));
        Assert.Equal(
            $"publish this record; the key signs some minutes after the nodes have seen it:\n{Record}\n", client.Output);
        Assert.Equal(
            """{"domain":"example.org","selector":"s1","algorithm":"rsa","stream":"bulk"}""", Assert.Single(_api.Requests).Body);
        Assert.Equal(-1, await new Client(_api.Endpoint).RunAsync("dkim", "new", "example.org"));
    }

    [Theory]
    [InlineData("waiting", "missing", "the key waits: the DNS does not have the record yet; the nodes look for it each 15 s")]
    [InlineData("waiting", "different", "the key waits: the DNS has another record, or several; it must have this one alone")]
    [InlineData("waiting", "unknown", "the key waits: the DNS does not answer this node")]
    [InlineData("active", "missing", "the DNS does not have the record, so receivers refuse signatures by the key: publish it")]
    [InlineData("active", "published", "the newest active key of an algorithm, domain and stream signs")]
    public async Task A_key_is_shown_with_what_the_DNS_has(string state, string dns, string meaning)
    {
        _api.On("GET /api/v1/dkim/example.org/s1", Key.Replace("waiting", state, StringComparison.Ordinal)
            .Replace("missing", dns, StringComparison.Ordinal));
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("dkim", "show", "example.org", "--selector", "s1"));
        Assert.EndsWith($"{meaning}\n{Record}\n", client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_activated_and_retired()
    {
        foreach (var verb in (string[])["activate", "retire"])
        {
            _api.On($"POST /api/v1/dkim/example.org/s1/{verb}", Key.Replace("waiting", "retired", StringComparison.Ordinal)
                .Replace("\"keepRecordUntil\":null", "\"keepRecordUntil\":\"2026-12-13T17:00:00Z\"", StringComparison.Ordinal));
        }

        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("dkim", "activate", "example.org", "--selector", "s1"));
        Assert.Equal("key s1 of example.org signs from now on\n", client.Output);
        client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("dkim", "retire", "example.org", "--selector", "s1"));
        Assert.Equal(
            "key s1 of example.org is retired, and signs nothing any more\nleave the record s1._domainkey.example.org in the DNS until "
            + "2026-12-13T17:00:00Z: mail under way has signatures by the key\n",
            client.Output);
    }

    [Fact]
    public async Task Keys_are_listed()
    {
        _api.On("GET /api/v1/dkim", $$"""{"keys":[{{Key}}],"cursor":null,"isComplete":true,"unanswered":[]}""");
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("dkim", "list"));
        Assert.Matches("example.org +s1 +.* rsa-sha256 +waiting", client.Output);
        _api.On("GET /api/v1/dkim", """{"keys":[],"cursor":null,"isComplete":true,"unanswered":[]}""");
        client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("dkim", "list"));
        Assert.Equal("no keys in storage\n", client.Output);
    }
}

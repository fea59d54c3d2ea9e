using Postfleet.Testing;
using Xunit;

namespace Postfleet.Cli.Tests;

/// <summary>The verb <c>suppression</c>.</summary>
public sealed class SuppressionVerbTests : IAsyncLifetime
{
    private const string Entry =
        """
        {"target":"ann@a.test","scope":"stream:bulk","reason":"asked","source":"api:crm","createdAt":"2026-11-29T17:00:00Z",
         "expiresAt":null,"isApplied":true}
        """;

    private const string Off = "postfleet: the node has the list switched off, so that its entries have no effect\n";

    private readonly FakeApi _api = new();

    public Task InitializeAsync() => _api.InitializeAsync();

    public Task DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task An_entry_is_added()
    {
        _api.On("PUT /api/v1/suppressions/ann+x@a.test", Entry);
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync(
            "suppression", "add", "ann+x@a.test", "--scope", "stream:bulk", "--reason", "asked", "--expires", "90d"));
        Assert.Equal(("ann@a.test gets no mail (stream:bulk)\n", ""), (client.Output, client.Error));
        Assert.Equal(
            """{"target":"ann\u002Bx@a.test","scope":"stream:bulk","reason":"asked","expires":"90d"}""",
            Assert.Single(_api.Requests).Body);
        Assert.Equal(-1, await new Client(_api.Endpoint).RunAsync("suppression", "add"));
    }

    [Fact]
    public async Task A_list_that_is_off_is_said()
    {
        var off = Entry.Replace("true", "false", StringComparison.Ordinal);
        _api.On("PUT /api/v1/suppressions/ann@a.test", off);
        _api.On("GET /api/v1/suppressions", $$"""{"suppressions":[{{off}}],"cursor":null,"isComplete":true,"unanswered":[]}""");
        _api.On("POST /api/v1/suppressions", """{"added":1,"replaced":0,"isApplied":false}""");
        foreach (var verb in (string[][])[["add", "ann@a.test"], ["list"], ["import", "-"]])
        {
            var client = new Client(_api.Endpoint) { Input = "ann@a.test\n" };
            Assert.Equal(0, await client.RunAsync(["suppression", .. verb]));
            Assert.Equal(Off, client.Error);
        }
    }

    [Fact]
    public async Task Entries_are_listed_by_filters()
    {
        _api.On("GET /api/v1/suppressions", $$"""{"suppressions":[{{Entry}}],"cursor":"next","isComplete":true,"unanswered":[]}""");
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync(
            "suppression", "list", "--target", "ann@a.test", "--domain", "a.test", "--scope", "all", "--reason", "asked", "--limit", "5"));
        Assert.Matches("ann@a.test +stream:bulk +asked +api:crm", client.Output);
        Assert.Equal("postfleet: the list is longer; next page: --cursor next\n", client.Error);
        Assert.EndsWith(
            "?target=ann%40a.test&domain=a.test&scope=all&reason=asked&limit=5", Assert.Single(_api.Requests).Line,
            StringComparison.Ordinal);
        _api.On("GET /api/v1/suppressions", """{"suppressions":[],"cursor":null,"isComplete":true,"unanswered":[]}""");
        client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("suppression", "list"));
        Assert.Equal("no entries\n", client.Output);
    }

    [Fact]
    public async Task An_entry_is_removed()
    {
        _api.On("DELETE /api/v1/suppressions/ann@a.test", """{"target":"ann@a.test","scope":"stream:bulk"}""");
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("suppression", "remove", "ann@a.test", "--scope", "stream:bulk"));
        Assert.Equal("ann@a.test gets mail again (stream:bulk)\n", client.Output);
        Assert.EndsWith("?scope=stream%3Abulk", Assert.Single(_api.Requests).Line, StringComparison.Ordinal);
        _api.On(
            "DELETE /api/v1/suppressions/bob@a.test",
            """{"type":"urn:postfleet:problem:unknown-suppression","title":"x","status":404,"detail":"no entry of 'bob@a.test'"}""",
            404);
        Assert.Equal(4, await new Client(_api.Endpoint).RunAsync("suppression", "remove", "bob@a.test"));
    }

    [Fact]
    public async Task A_file_is_imported_in_pieces()
    {
        _api.On("POST /api/v1/suppressions", """{"added":7,"replaced":1,"isApplied":true}""");
        using var folder = new TempFolder("import");
        var file = System.IO.Path.Combine(folder.FullPath, "list.txt");
        await File.WriteAllLinesAsync(file, ["# the list", "", .. Enumerable.Range(0, 1001).Select(i => $" u{i}@a.test ")]);
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("suppression", "import", file, "--reason", "old"));
        Assert.Equal("14 entries added, 2 replaced\n", client.Output);
        Assert.Equal(2, _api.Requests.Count);
        Assert.Equal("""{"suppressions":[{"target":"u1000@a.test","reason":"old"}]}""", _api.Requests.Last().Body);
        client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("suppression", "import", file, "--json"));
        Assert.Equal("""{"added":14,"replaced":2,"isApplied":true}""" + "\n", client.Output);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_or_has_a_long_line_is_wrong_use()
    {
        var client = new Client(_api.Endpoint);
        Assert.Equal(2, await client.RunAsync("suppression", "import", "/missing/list.txt"));
        Assert.StartsWith("postfleet: cannot read /missing/list.txt: ", client.Error, StringComparison.Ordinal);
        client = new Client(_api.Endpoint) { Input = new string('x', 1001) + "\n" };
        Assert.Equal(2, await client.RunAsync("suppression", "import", "-"));
        Assert.Equal("postfleet: line 1 of - is too long; allowed: an address or a domain\n", client.Error);
        Assert.Empty(_api.Requests);
    }
}

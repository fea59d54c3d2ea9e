using System.Text.Json.Nodes;
using Xunit;

namespace Postfleet.Cli.Tests;

/// <summary>The verb <c>user</c>.</summary>
public sealed class UserVerbTests : IAsyncLifetime
{
    private const string Shop =
        """
        {"name":"shop@a.test","disabled":false,"hasPassword":true,"scramSha1":false,"cramMd5":false,"addresses":["*@a.test"],
         "streams":["bulk"],"maxRate":"10/s","maxRecipients":null,"maxNewRecipients":"200/d",
         "appPasswords":[{"name":"printer","expires":null}],"change":17,"changedAt":"2026-11-29T17:00:00Z"}
        """;

    private readonly FakeApi _api = new();

    public async Task InitializeAsync()
    {
        await _api.InitializeAsync();
        foreach (var method in (string[])["GET", "PUT"]) _api.On($"{method} /api/v1/users/shop@a.test", Shop);
    }

    public Task DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_user_is_added_with_a_password_of_standard_input()
    {
        var client = new Client(_api.Endpoint) { Input = "correct horse\r\n" };
        Assert.Equal(0, await client.RunAsync(
            "user", "add", "shop@a.test", "--password-stdin", "--address", "*@a.test", "--address", "boss@b.test", "--stream", "bulk",
            "--max-rate", "10/s", "--max-recipients", "5000/d", "--max-new-recipients", "200/d", "--scram-sha-1", "--cram-md5"));
        Assert.Equal(("user shop@a.test added\n", ""), (client.Output, client.Error));
        var (line, body, _) = Assert.Single(_api.Requests);
        Assert.Equal(("PUT /api/v1/users/shop@a.test", "If-None-Match=*"), (line, Assert.Single(_api.Conditions)));
        AssertJson(
            """
            {"maxRate":"10/s","maxRecipients":"5000/d","maxNewRecipients":"200/d","addresses":["*@a.test","boss@b.test"],
             "streams":["bulk"],"scramSha1":true,"cramMd5":true,"password":"correct horse"}
            """,
            body);
    }

    [Fact]
    public async Task Limits_are_shown_with_their_use_and_set_back()
    {
        _api.On("GET /api/v1/users/shop@a.test", Shop.Replace(
            "\"change\"", "\"used\":{\"recipients\":4120,\"newRecipients\":17},\"change\"", StringComparison.Ordinal));
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("user", "show", "shop@a.test"));
        Assert.Contains("max new recipients  200/d\n", client.Output, StringComparison.Ordinal);
        Assert.Matches("used +recipients=4120 newRecipients=17\n", client.Output);
        _api.On("POST /api/v1/users/shop@a.test/reset-limits", Shop);
        client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("user", "reset-limits", "shop@a.test"));
        Assert.Equal(("user shop@a.test counts anew\n", ""), (client.Output, client.Error));
    }

    [Fact]
    public async Task A_password_is_asked_for_twice()
    {
        var client = new Client(_api.Endpoint) { CanAsk = true };
        foreach (var line in (string[])["secret", "secret", "secret", "other", ""]) client.Secrets.Enqueue(line);
        Assert.Equal(0, await client.RunAsync("user", "add", "shop@a.test"));
        Assert.Equal("Password: \nRepeat the password: \n", client.Error);
        AssertJson("""{"password":"secret"}""", _api.Requests.Single().Body);
        Assert.Equal(2, await client.RunAsync("user", "add", "shop@a.test"));
        Assert.EndsWith("postfleet: the two passwords differ; nothing was done\n", client.Error, StringComparison.Ordinal);
        Assert.Equal(2, await client.RunAsync("user", "add", "shop@a.test"));
        Assert.Single(_api.Requests);
    }

    [Fact]
    public async Task A_random_password_is_shown()
    {
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("user", "add", "shop@a.test", "--generate"));
        var sent = (string)JsonNode.Parse(_api.Requests.Single().Body)!["password"]!;
        Assert.Matches("^([a-km-np-z2-9]{5}-){4}[a-km-np-z2-9]{5}$", sent);
        Assert.Equal($"user shop@a.test added\npassword: {sent}\n", client.Output);

        client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("user", "password", "shop@a.test", "--generate", "--json"));
        var answer = JsonNode.Parse(client.Output)!;
        sent = (string)JsonNode.Parse(_api.Requests.Last().Body)!["password"]!;
        Assert.Equal(("shop@a.test", sent), ((string?)answer["name"], (string?)answer["password"]));
    }

    [Theory]
    [InlineData("user add shop@a.test", "the verb asks for the password, and there is no terminal: add --password-stdin or --generate")]
    [InlineData("user add shop@a.test --generate --password-stdin", "--password-stdin is given beside --generate; allowed: one of them")]
    [InlineData("user add shop@a.test --no-password --cram-md5", "--cram-md5 is given beside --no-password; allowed: either")]
    [InlineData("user add shop@a.test --password-stdin", "the password is empty; allowed: at least a character")]
    [InlineData("user add shop/printer --generate", "NAME is 'shop/printer'; allowed: a name without slashes")]
    [InlineData("user set shop@a.test", "nothing is to change; allowed: an option such as --address")]
    [InlineData("user set shop@a.test --max-rate ''", "--max-rate is ''; allowed: a value, or --clear to remove it")]
    [InlineData("user set shop@a.test --address ''", "--address is ''; allowed: a value, or --clear to remove it")]
    [InlineData("user set shop@a.test --clear rate", "--clear is 'rate'; allowed: address, stream, max-rate,")]
    [InlineData("user delete shop@a.test", "user delete asks before it acts, and there is no terminal: add --yes")]
    [InlineData("user show .", "NAME is '.'; allowed: the name of one entry")]
    public async Task Wrong_use_changes_nothing(string line, string error)
    {
        var client = new Client(_api.Endpoint);
        Assert.Equal(2, await client.RunAsync([.. line.Split(' ').Select(word => word == "''" ? "" : word)]));
        Assert.StartsWith($"postfleet: {error}", client.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_api.Requests, request => !request.Line.StartsWith("GET ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_password_is_no_argument()
    {
        Assert.Equal(-1, await new Client(_api.Endpoint).RunAsync("user", "add", "shop@a.test", "--password", "secret"));
        Assert.Equal(-1, await new Client(_api.Endpoint).RunAsync("user", "password", "shop@a.test", "secret"));
        var client = new Client(_api.Endpoint) { Input = "secret\nmore\n" };
        Assert.Equal(2, await client.RunAsync("user", "password", "shop@a.test", "--password-stdin"));
        Assert.Equal("postfleet: standard input has more than a line; allowed: the password alone\n", client.Error);
    }

    [Theory]
    [InlineData("user set shop@a.test --max-rate 5/m --clear stream", """
        {"addresses":["*@a.test"],"maxRate":"5/m","maxNewRecipients":"200/d","disabled":false}
        """, "changed")]
    [InlineData("user set shop@a.test --address * --clear password --clear cram-md5", """
        {"addresses":["*"],"streams":["bulk"],"maxRate":"10/s","maxNewRecipients":"200/d","disabled":false,"password":null,"cramMd5":false}
        """, "changed")]
    [InlineData("user disable shop@a.test", """
        {"addresses":["*@a.test"],"streams":["bulk"],"maxRate":"10/s","maxNewRecipients":"200/d","disabled":true}
        """, "disabled")]
    [InlineData("user enable shop@a.test", """
        {"addresses":["*@a.test"],"streams":["bulk"],"maxRate":"10/s","maxNewRecipients":"200/d","disabled":false}
        """, "enabled")]
    public async Task A_change_leaves_all_else_and_the_change_of_somebody_else(string line, string body, string outcome)
    {
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync(line.Split(' ')));
        Assert.Equal($"user shop@a.test {outcome}\n", client.Output);
        AssertJson(body, _api.Requests.Last().Body);
        Assert.Equal("If-Match=\"17\"", _api.Conditions.Last());
    }

    [Fact]
    public async Task Failures_of_the_api_have_their_exit_codes()
    {
        _api.On(
            "PUT /api/v1/users/shop@a.test", """{"type":"urn:postfleet:problem:user-changed","detail":"there is a user already"}""", 412);
        _api.On("GET /api/v1/users/nobody", """{"type":"urn:postfleet:problem:unknown-user","detail":"no user 'nobody'"}""", 404);
        var client = new Client(_api.Endpoint);
        Assert.Equal(1, await client.RunAsync("user", "add", "shop@a.test", "--generate"));
        Assert.Equal(4, await client.RunAsync("user", "show", "nobody"));
        Assert.Equal("postfleet: there is a user already\npostfleet: no user 'nobody'\n", client.Error);
        Assert.Equal("", client.Output);
    }

    [Fact]
    public async Task Users_are_listed_and_shown()
    {
        _api.On("GET /api/v1/users", $$"""{"users":[{{Shop}}],"cursor":"next","isComplete":true,"unanswered":[]}""");
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("user", "list", "--limit", "1"));
        Assert.Equal(
            """
            NAME         DISABLED  PASSWORD  APP PASSWORDS  ADDRESSES  STREAMS  MAX RATE  MAX RECIPIENTS  MAX NEW  CHANGED
            shop@a.test  no        yes                   1  *@a.test   bulk     10/s      -               200/d    2026-11-29T17:00:00Z

            """,
            client.Output);
        Assert.Equal("postfleet: the list is longer; next page: --cursor next\n", client.Error);
        client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("user", "show", "shop@a.test"));
        Assert.Contains("has password        yes\n", client.Output, StringComparison.Ordinal);
        Assert.Contains("app passwords:\nNAME\nprinter\n", client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Application_passwords_are_made_and_deleted()
    {
        _api.On(
            "PUT /api/v1/users/shop@a.test/passwords/printer",
            """{"user":"shop@a.test","name":"printer","password":"abcde-fghij","expires":"2027-02-27T18:00:00Z"}""");
        _api.On("DELETE /api/v1/users/shop@a.test/passwords/printer", Shop);
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("user", "app-password", "add", "shop@a.test", "printer", "--expires", "90d"));
        Assert.Contains("password  abcde-fghij\n", client.Output, StringComparison.Ordinal);
        AssertJson("""{"expires":"2027-02-27T18:00:00Z"}""", _api.Requests.Single().Body);
        client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("user", "app-password", "delete", "shop@a.test", "printer"));
        Assert.Equal("user shop@a.test has no application password printer any more\n", client.Output);
    }

    [Fact]
    public async Task A_deletion_is_asked_for()
    {
        _api.On("DELETE /api/v1/users/shop@a.test", """{"name":"shop@a.test"}""");
        Assert.Equal(1, await new Client(_api.Endpoint) { CanAsk = true, Input = "n\n" }.RunAsync("user", "delete", "shop@a.test"));
        Assert.Empty(_api.Requests);
        var client = new Client(_api.Endpoint);
        Assert.Equal(0, await client.RunAsync("user", "delete", "shop@a.test", "--yes"));
        Assert.Equal("user shop@a.test deleted\n", client.Output);
    }

    private static void AssertJson(string expected, string actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), actual);
}

using System.Net;
using System.Text;
using System.Text.Json;
using Postfleet.Admin.Tests.Http;
using Postfleet.Authentication.Sasl;
using Postfleet.Contracts.Users;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>The endpoints of users.</summary>
public sealed class UserEndpointsTests : UserBench
{
    [Fact]
    public async Task A_user_is_created_replaced_shown_and_deleted()
    {
        var (response, body) = await PutAsync(
            "/api/v1/users/Shop@example.org",
            """
            { "name": "SHOP@example.org", "password": "marked-Secret 1", "addresses": ["*@example.org"], "streams": ["Bulk"],
              "maxRate": "10/s", "maxRecipients": "5000/d", "maxNewRecipients": "200/d", "disabled": true }
            """);
        Assert.Equal((HttpStatusCode.Created, "/api/v1/users/shop%40example.org"), (response.StatusCode, $"{response.Headers.Location}"));
        Assert.Equal("\"1\"", response.Headers.ETag!.ToString());
        const string shown =
            """
            {"name":"shop@example.org","disabled":true,"hasPassword":true,"scramSha1":false,"cramMd5":false,"addresses":["*@example.org"],
            "streams":["bulk"],"maxRate":"10/s","maxRecipients":"5000/d","maxNewRecipients":"200/d","appPasswords":[],
            "used":null,"change":1,"changedAt":"1970-01-01T00:00:00+00:00"}
            """;
        Assert.Equal(shown.ReplaceLineEndings(""), body.GetRawText());
        Assert.True(Matches(Secret));

        // What the body does not mention is as for a new user, but for the secrets.
        (response, body) = await PutAsync(Path, "{}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal((false, true, 0, JsonValueKind.Null), (
            body.GetProperty("disabled").GetBoolean(), body.GetProperty("hasPassword").GetBoolean(),
            body.GetProperty("addresses").GetArrayLength(), body.GetProperty("maxRate").ValueKind));
        Assert.True(Matches(Secret));

        (response, var found) = await Host.SendAsync(HttpMethod.Get, Path, "look");
        Assert.Equal(
            (body.GetRawText().Replace("\"used\":null", "\"used\":{\"recipients\":0,\"newRecipients\":0}", StringComparison.Ordinal),
                "\"2\""),
            (found.GetRawText(), response.Headers.ETag!.ToString()));
        Assert.Equal("shop@example.org", (await SendAsync(HttpMethod.Delete, Path)).Body.GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, Path)).Response.StatusCode);
    }

    [Fact]
    public async Task The_use_of_limits_is_shown_and_set_back()
    {
        await PutAsync(Path, """{ "maxRecipients": "5000/d" }""");
        Host.Budgets.Used["user/shop@example.org/maxRecipients"] = 412;
        Host.Budgets.Used["user/shop@example.org/maxRate"] = 1;
        var used = (await Host.SendAsync(HttpMethod.Get, Path, "look")).Body.GetProperty("used");
        Assert.Equal("""{"recipients":412,"newRecipients":0}""", used.GetRawText());
        var (response, body) = await SendAsync(HttpMethod.Post, $"{Path}/reset-limits");
        // Nodes see a change of the user, and ask for the limits again.
        Assert.Equal((HttpStatusCode.OK, 0, 2), (
            response.StatusCode, body.GetProperty("used").GetProperty("recipients").GetInt32(), body.GetProperty("change").GetInt32()));
        Assert.Empty(Host.Budgets.Used);
        Assert.Equal(HttpStatusCode.Forbidden, (await Host.SendAsync(HttpMethod.Post, $"{Path}/reset-limits", "look")).Response.StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Post, "/api/v1/users/nobody/reset-limits")).Response.StatusCode);
        Host.Budgets.Fault = new Contracts.Budgets.BudgetsUnavailableException("away");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(HttpMethod.Get, Path)).Response.StatusCode);
    }

    [Fact]
    public async Task Secrets_stay_unless_the_body_mentions_them()
    {
        await PutAsync(Path, """{ "password": "first", "scramSha1": true, "cramMd5": true }""");
        Assert.True(Matches("first") && MatchesSha1("first"));
        var cram = User.CramMd5.ToArray();
        Assert.Equal(CramMd5Secret.Create("first"), cram);
        await PutAsync($"{Path}/passwords/printer", "{}");

        await PutAsync(Path, """{ "password": "second" }""");
        Assert.True(Matches("second") && MatchesSha1("second") && !Matches("first"));
        Assert.Equal(CramMd5Secret.Create("second"), User.CramMd5.ToArray());
        Assert.Single(User.ApplicationPasswords);

        await PutAsync(Path, """{ "scramSha1": false, "cramMd5": false }""");
        Assert.True(Matches("second"));
        Assert.Equal((null, true), (User.Scram1, User.CramMd5.IsEmpty));

        await PutAsync(Path, """{ "password": null }""");
        Assert.Equal((null, 1), (User.Scram256, User.ApplicationPasswords.Count));
    }

    [Fact]
    public async Task Verifiers_of_another_server_can_be_taken_over()
    {
        var salt = new byte[16];
        var (scram256, scram1) = (ScramHash.Create(Secret, salt, 4096), ScramHash.Create(Secret, salt, 4096, ScramAlgorithm.Sha1));
        await PutAsync(Path, $$"""{ "scram256": "{{scram256.ToText()}}", "scram1": "{{scram1.ToText()}}" }""");
        Assert.True(Matches(Secret) && MatchesSha1(Secret));
    }

    [Theory]
    [InlineData("""{ "password": "" }""", "password is empty, too long or has control characters; allowed: 1 to 1024 octets")]
    [InlineData("""{ "password": "marked\u0007" }""", "password is empty, too long or has control characters")]
    [InlineData("""{ "password": 7 }""", "$.password has a value of another type")]
    [InlineData("""{ "password": "marked", "scram256": "marked" }""", "password is given beside scram256 or scram1; allowed: either")]
    [InlineData("""{ "scram256": "4096,marked" }""", "scram256 is no verifier; allowed: iterations,salt,storedKey,serverKey")]
    [InlineData("""{ "scram1": "marked" }""", "scram1 is given without scram256")]
    [InlineData("""{ "scramSha1": true }""", "scramSha1 is true without a password; allowed: with password")]
    [InlineData("""{ "cramMd5": true, "password": null }""", "cramMd5 is true without a password; allowed: with password")]
    [InlineData("""{ "name": "other" }""", "name is 'other'; allowed: 'shop@example.org', the name of the path")]
    [InlineData("""{ "addresses": ["*", "nonsense"] }""", "addresses[1] is 'nonsense'; allowed: an address")]
    [InlineData("""{ "streams": [""] }""", "streams[0] is ''; allowed: 1 to 32 letters")]
    [InlineData("""{ "maxRate": "often" }""", "maxRate is 'often'; allowed: a rate")]
    [InlineData("""{ "maxRecipients": "5/s" }""", "maxRecipients is '5/s'; allowed: a number a day")]
    [InlineData("""{ "quota": 1 }""", "quota in $ is no property; allowed: name, addresses")]
    public async Task Wrong_values_are_named_and_secrets_are_not(string body, string detail)
    {
        var (response, problem) = await PutAsync(Path, body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, problem, "bad-body", detail);
        Assert.DoesNotContain("marked", problem.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("If-None-Match", "*", HttpStatusCode.PreconditionFailed)]
    [InlineData("If-Match", "\"1\"", HttpStatusCode.OK)]
    [InlineData("If-Match", "*", HttpStatusCode.OK)]
    [InlineData("If-Match", "\"2\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("If-Match", "1", HttpStatusCode.BadRequest)]
    [InlineData("If-Match", "W/\"1\"", HttpStatusCode.BadRequest)]
    [InlineData("If-None-Match", "\"1\"", HttpStatusCode.BadRequest)]
    public async Task Changes_are_made_under_the_condition_of_the_request(string field, string value, HttpStatusCode status)
    {
        await PutAsync(Path, "{}");
        Assert.Equal(status, (await PutAsync(Path, "{}", (field, value))).Response.StatusCode);
    }

    [Theory]
    [InlineData("DELETE", "")]
    [InlineData("DELETE", "/passwords/printer")]
    [InlineData("PUT", "/passwords/printer")]
    public async Task A_deletion_and_application_passwords_follow_the_condition_too(string method, string place)
    {
        await PutAsync(Path, "{}");
        await PutAsync(Path + "/passwords/printer", "{}");
        foreach (var (tag, status) in new[] { ("\"1\"", HttpStatusCode.PreconditionFailed), ("\"2\"", HttpStatusCode.OK) })
        {
            var (response, _) = await SendAsync(new HttpMethod(method), Path + place, method == "PUT" ? "{}" : null, ("If-Match", tag));
            Assert.Equal(status, response.StatusCode);
        }
    }

    [Fact]
    public async Task Users_are_listed_in_pages()
    {
        foreach (var name in (string[])["b", "a", "o'neill", "c%25FF"])
        {
            var (response, body) = await PutAsync($"/api/v1/users/{name}", "{}");
            Assert.True(response.StatusCode == HttpStatusCode.Created, body.GetRawText());
        }

        List<string> names = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await SendAsync(HttpMethod.Get, $"/api/v1/users?limit=2{cursor}")).Body;
            Assert.True(page.GetProperty("isComplete").GetBoolean());
            names.AddRange(page.GetProperty("users").EnumerateArray().Select(user => user.GetProperty("name").GetString()!));
            cursor = page.GetProperty("cursor").GetString() is { } next ? $"&cursor={next}" : null;
        }

        Assert.Equal(["a", "b", "c%ff", "o'neill"], names);
        Assert.Equal("c%ff", (await SendAsync(HttpMethod.Get, "/api/v1/users/C%25ff")).Body.GetProperty("name").GetString());
    }

    [Fact]
    public async Task Changes_need_the_scope_operate_and_are_logged_without_secrets()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.Forbidden, (await Host.SendAsync(HttpMethod.Put, Path, "look", content)).Response.StatusCode);
        await PutAsync(Path, $$"""{ "password": "{{Secret}}", "scramSha1": true, "cramMd5": true }""");
        var password = (await PutAsync($"{Path}/passwords/printer", "{}")).Body.GetProperty("password").GetString()!;
        await PutAsync(Path, $$"""{ "password": "{{Secret}}\u0007" }""");
        await SendAsync(HttpMethod.Delete, Path + "x");

        var answers = new StringBuilder();
        foreach (var path in (string[])["/api/v1/users", Path])
            answers.Append((await SendAsync(HttpMethod.Get, path)).Body.GetRawText());
        string[] secrets =
        [
            Secret, password, Convert.ToBase64String(User.CramMd5.Span),
            .. new[] { User.Scram256!, User.Scram1!, User.ApplicationPasswords[0].Scram256 }.SelectMany(
                verifier => (string[])[Convert.ToBase64String(verifier.StoredKey.Span), Convert.ToBase64String(verifier.ServerKey.Span)]),
        ];
        // The line of a change is written after its answer.
        await Testing.Eventually.True(
            () => Host.Log.Lines.Count(line => line.Name == "api change") == 5, TimeSpan.FromSeconds(10), "five changes are logged");
        var seen = string.Join("\n", Host.Log.Lines.SelectMany(line => line.Fields.Values.Append(line.Cause)).Append(answers));
        Assert.Contains(Path, seen, StringComparison.Ordinal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, seen, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failed_storage_is_a_problem()
    {
        Host.Users.Fault = new UsersUnavailableException("Host=db;Password=hunter2");
        var (response, problem) = await PutAsync(Path, "{}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        ProblemTests.AssertProblem(response, problem, "storage-unavailable", "the storage does not answer; try again later");
    }
}
